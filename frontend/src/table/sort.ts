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

const texts = new Intl.Collator(undefined, { numeric: true });

/** Places of values in their order, equal ones at the same place; each text is compared once, however often it occurs. */
function ranks(values: readonly Value[]): (value: Value) => number {
  if (values.every((value) => typeof value === "number")) return Number;
  const names = [...new Set(values.map(String))].sort(texts.compare);
  const places = new Map<string, number>();
  let place = 0;
  names.forEach((name, at) => {
    if (at > 0 && texts.compare(names[at - 1]!, name) !== 0) place = at;
    places.set(name, place);
  });
  return (value) => places.get(String(value))!;
}

/** The rows in another order; equal ones keep theirs, missing values come last. */
export function sorted<Row>(rows: readonly Row[], column: Column<Row> | undefined, descending: boolean): readonly Row[] {
  if (!column) return rows;
  const keyed = rows.map((row) => ({ row, value: column.value(row) }));
  const [missing, given] = [keyed.filter(({ value }) => isMissing(value)), keyed.filter(({ value }) => !isMissing(value))];
  const rank = ranks(given.map(({ value }) => value));
  const ranked = given.map(({ row, value }) => ({ row, rank: rank(value) }));
  ranked.sort((a, b) => (descending ? b.rank - a.rank : a.rank - b.rank));
  return [...ranked, ...missing].map(({ row }) => row);
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
