// A fact with its name, and facts of a record.
import { fieldKeys } from "../contract/fields";
import { fieldLabel } from "../words/fieldLabel";
import { fieldText } from "./fieldText";

/** A text that leads somewhere; without an address it is only a text. */
export interface Linked {
  text: string;
  to?: string | undefined;
}
type Plain = string | number | null | undefined;
export type Fact = readonly [label: string, value: Plain | readonly Linked[]];

/** What a record says of fields of a dataset. */
export function factsOf(dataset: string, record: Readonly<Record<string, unknown>>, keys: readonly string[]): Fact[] {
  return keys.map((key) => [fieldLabel(dataset, key), fieldText(dataset, key, record[key] as Plain)]);
}

/** The fields of a dataset in the order of the contract, in groups: each begins at a field that `begins` names. */
export function fieldGroups<Name extends string>(
  dataset: string,
  begins: Readonly<Record<string, Name>>,
): { name: Name; keys: string[] }[] {
  const groups: { name: Name; keys: string[] }[] = [];
  for (const key of fieldKeys(dataset)) {
    const name = begins[key];
    if (name) groups.push({ name, keys: [key] });
    else groups.at(-1)?.keys.push(key);
  }
  return groups;
}
