// Columns of a table, made from the core's field contract.
import type { SemanticType } from "mes-compute";

import { fieldOf } from "../contract/fields";
import { fieldText, isNumber } from "../figures/fieldText";
import { cell } from "../figures/numbers";
import { fieldLabel } from "../words/fieldLabel";

export type Value = string | number | null | undefined;

export interface Column<Row> {
  key: string;
  label: string;
  /** For sorting and files: exact. */
  value: (row: Row) => Value;
  /** What the cell shows; a dash for NULL and empty texts when it is left out. */
  text?: (row: Row) => string;
  /** Beside the text and smaller, such as a share. */
  detail?: (row: Row) => string;
  /** Title of the cell, where the text is shortened. */
  titleOf?: (row: Row) => string;
  /** Numbers stand at the right. */
  num?: boolean;
  /** Least width in px; 90 when it is left out. */
  width?: number;
  /** Title of the heading. */
  hint?: string;
  /** CSS colour of a mark before the heading. */
  colour?: string;
  /** What its rows add up to, for the footer. */
  total?: number;
  /** What its values mean, where the field contract has them. */
  kind?: SemanticType | undefined;
  /** Unit of exact values that are shown in another form, such as seconds as `27 h 05 min`. */
  unit?: string | undefined;
  /** Depth of the background, 0 to 1. */
  shade?: (row: Row) => number;
  /** CSS colour of the text. */
  ink?: (row: Row) => string | undefined;
  /** Address of what the cell names, which a click or Enter on it opens. */
  to?: (row: Row) => string | undefined;
  /** Whether a click on the cell means the cell rather than its row. */
  opens?: (row: Row) => boolean;
  isUnsortable?: boolean;
  /** Shown only when it is chosen. */
  isExtra?: boolean;
  /** Always shown, behind the columns that can be chosen and moved. */
  isFixed?: boolean;
}

/** A column for a field of the contract; `more` says what the contract can't. */
export function fieldColumn<Row extends object>(dataset: string, key: keyof Row & string, more: Partial<Column<Row>> = {}): Column<Row> {
  const value = (row: Row) => row[key] as Value;
  const { semantic_type: kind, unit } = fieldOf(dataset, key) ?? {};
  return {
    key,
    kind,
    ...(kind === "duration" && { unit }),
    label: fieldLabel(dataset, key),
    value,
    text: (row) => fieldText(dataset, key, value(row)),
    num: isNumber(dataset, key),
    ...more,
  };
}

export function textOf<Row>(column: Column<Row>, row: Row): string {
  return column.text ? column.text(row) : cell(column.value(row));
}

/** A column that is drawn, with its place among those that are shown. */
export interface Drawn<Row> {
  column: Column<Row>;
  place: number;
}

export const isMissing = (value: Value) => value === null || value === undefined || value === "";
