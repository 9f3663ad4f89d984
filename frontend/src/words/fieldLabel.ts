import { fieldOf } from "../contract/fields";
import { language } from "../theme/preferences";

/** Label of a field in the reader's language; a blank until the engine runs. */
export function fieldLabel(dataset: string, key: string): string {
  const field = fieldOf(dataset, key);
  if (!field) return "\u00a0";
  return language.value === "en" ? field.label_en : field.label_zh;
}
