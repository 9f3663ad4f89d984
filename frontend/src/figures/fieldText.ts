import type { SemanticType } from "mes-compute";

import { fieldOf } from "../contract/fields";
import { i18n } from "../words/i18n";
import { cell, count, hours, percent, waited } from "./numbers";

const NUMBERS: readonly SemanticType[] = ["quantity", "count", "sequence", "duration", "percentage"];

/** Whether values of the field are numbers, which stand at the right. */
export function isNumber(dataset: string, key: string): boolean {
  const type = fieldOf(dataset, key)?.semantic_type;
  return type !== undefined && NUMBERS.includes(type);
}

/** A value as its field's meaning and unit want it shown. */
export function fieldText(dataset: string, key: string, value: string | number | null | undefined): string {
  const field = fieldOf(dataset, key);
  // For the core a missing flag is false.
  if (field?.semantic_type === "flag") return i18n.global.t(value ? "common.yes" : "common.no");
  if (!field || value === null || value === undefined) return cell(value);
  if (field.semantic_type === "instant") return cell(String(value).replace("T", " ").slice(0, 16));
  if (typeof value !== "number") return cell(value);
  if (field.semantic_type === "quantity" || field.semantic_type === "count") return count(value);
  if (field.semantic_type === "percentage") return percent(value);
  if (field.semantic_type === "duration") return field.unit === "s" ? waited(value) : hours(value);
  return cell(value);
}
