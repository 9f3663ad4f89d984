// The core's field contract: label, meaning and unit of every field, by dataset.
import type { Field, FieldContract } from "mes-compute";
import { shallowRef } from "vue";

type Fields = Readonly<Record<string, Readonly<Record<string, Field>>>>;

const known = shallowRef<Fields>({});

/** Takes the contract from the engine, once it runs. */
export function takeFields(fields: FieldContract | Fields): void {
  known.value = fields;
}

/** Keys of a dataset in the order of the contract; none until the engine runs. */
export function fieldKeys(dataset: string): string[] {
  return Object.keys(known.value[dataset] ?? {});
}

/** A field of the contract; undefined until the engine runs. */
export function fieldOf(dataset: string, key: string): Field | undefined {
  return known.value[dataset]?.[key];
}
