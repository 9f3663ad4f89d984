// The order of a table's rows.
import { type Filter, viewState } from "../filters/filterSet";
import { one } from "../filters/urlState";
import { type Column, isMissing, type Value } from "./column";

export interface Sort {
  key: string;
  descending: boolean;
}

/** In the address: the rows as they come, where that is not usual. */
const NONE = "none";

/** `key` or `-key`, as an order is in the address. */
function sortOf(text: string): Sort {
  return { key: text.replace(/^-/, ""), descending: text.startsWith("-") };
}

interface Orders {
  /** What rows can be ordered by; any name while this is empty. */
  keys: () => readonly string[];
  /** The order that needs no address. */
  usual?: Sort;
}

/** The order of a table in the address; one that the address doesn't name, or no column has, is the usual one. */
export function sortState({ keys, usual }: Orders): Filter<Sort | undefined, never> {
  function isOrder(text: string): boolean {
    const known = keys();
    return text !== "" && (known.length === 0 || known.includes(sortOf(text).key));
  }
  return viewState<Sort | undefined>(
    usual,
    (query) => {
      const text = one(query, "sort");
      if (text === NONE) return undefined;
      return isOrder(text) ? sortOf(text) : usual;
    },
    (sort) => {
      const isUsual = sort?.key === usual?.key && sort?.descending === usual?.descending;
      return { sort: isUsual ? undefined : sort ? `${sort.descending ? "-" : ""}${sort.key}` : NONE };
    },
    (text) => text === NONE || isOrder(text),
  );
}

/** An order as the core takes it. */
export function orderOf(sort: Sort | undefined): { sort?: string; descending?: boolean } {
  return sort ? { sort: sort.key, descending: sort.descending } : {};
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
