// The order of a table's rows.
import { type Filter, viewState } from "../filters/filterSet";
import { one, oneOf } from "../filters/urlState";
import { type Column, isMissing, type Value } from "./column";

export interface Sort {
  key: string;
  descending: boolean;
}

/** In the address: the rows as they come, where that is not usual. */
const NONE = "none";

/** The order of a table in the address; `usual` where it has none. Without `keys` the source ignores what it doesn't know. */
export function sortState(keys?: readonly string[], usual?: Sort): Filter<Sort | undefined, never> {
  return viewState<Sort | undefined>(
    usual,
    (query) => {
      const given = one(query, "sort");
      if (given === NONE) return undefined;
      const key = keys ? oneOf(query, "sort", keys) : given || undefined;
      return key === undefined ? usual : { key, descending: one(query, "order") === "desc" };
    },
    (sort) => {
      if (sort?.key === usual?.key && sort?.descending === usual?.descending) return { sort: undefined, order: undefined };
      return { sort: sort?.key ?? NONE, order: sort?.descending ? "desc" : undefined };
    },
    (value, name) => (name === "sort" ? keys === undefined || [...keys, NONE].includes(value) : ["asc", "desc"].includes(value)),
  );
}

function compare(a: Value, b: Value): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), undefined, { numeric: true });
}

/** The rows in another order; equal ones keep theirs, missing values come last. */
export function sorted<Row>(rows: readonly Row[], column: Column<Row> | undefined, descending: boolean): readonly Row[] {
  if (!column) return rows;
  return rows.toSorted((a, b) => {
    const [left, right] = [column.value(a), column.value(b)];
    if (isMissing(left) || isMissing(right)) return Number(isMissing(left)) - Number(isMissing(right));
    return descending ? compare(right, left) : compare(left, right);
  });
}

/** The order after a column's heading was chosen: up, down, and as it comes. */
export function nextSort(before: Sort | undefined, key: string): Sort | undefined {
  if (before?.key !== key) return { key, descending: false };
  return before.descending ? undefined : { key, descending: true };
}

export function ariaSort(sort: Sort | undefined, key: string): "ascending" | "descending" | "none" {
  if (sort?.key !== key) return "none";
  return sort.descending ? "descending" : "ascending";
}
