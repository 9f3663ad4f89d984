// The core's field contract: label, meaning and unit of every field, by dataset.
import type { Field } from "mes-compute";
import { shallowRef } from "vue";

const known = shallowRef<ReadonlyMap<string, Field>>(new Map());

/** Takes the contract from the engine, once it runs. */
export function takeFields(fields: readonly Field[]): void {
  known.value = new Map(fields.map((field) => [`${field.dataset}.${field.api_key}`, field]));
}

/** A field of the contract; undefined until the engine runs. */
export function fieldOf(dataset: string, key: string): Field | undefined {
  return known.value.get(`${dataset}.${key}`);
}
