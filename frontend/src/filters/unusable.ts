// What of an address a filter set can't use.
import type { LocationQuery } from "vue-router";

import { isOfShell, type Unusable } from "../panel/address";
import type { AnyFilter, Filters, StateOf } from "./filter";
import { many } from "./urlState";

/** Whether the data has a name that a filter is given; undefined while it is not known. */
export type Known<F> = { [K in keyof F]?: (name: string) => boolean | undefined };

const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** What `filter` has in the address: all values by name. */
function given(filter: AnyFilter, query: LocationQuery): [name: string, values: string[]][] {
  const names = Object.keys({ ...filter.write(filter.empty), ...filter.write(filter.read(query)) });
  return names.filter((name) => name in query).map((name) => [name, many(query, name)]);
}

function unusableOf(key: string, filter: AnyFilter, query: LocationQuery, settled: unknown, known: Known<Filters>[string]): Unusable[] {
  const found: Unusable[] = [];
  const label = (name: string) => filter.label() || name;
  const read = filter.write(filter.read(query));
  for (const [name, values] of given(filter, query)) {
    const add = (why: Unusable["why"], value: string) => found.push({ why, name: label(name), value });
    for (const value of values) if (filter.isValid && !filter.isValid(value, name)) add("invalid", value);
    if (!Array.isArray(read[name]) && values.length > 1) add("repeated", values[0]!);
    if (found.length === 0 && values.length > 0 && !isSame(filter.read(query), settled)) add("idle", values[0]!);
  }
  const names = (Array.isArray(settled) ? settled : [settled]).filter((name) => typeof name === "string" && name !== "");
  const missing = names.filter((name) => known?.(name) === false);
  const [first] = Object.keys(filter.write(filter.empty));
  return [...found, ...missing.map((value): Unusable => ({ why: "missing", name: label(first ?? key), value, key }))];
}

/** What of `query` no filter knows, has no value of, or names what is not there; `settled` is what is read from it. */
export function unusableIn<F extends Filters>(filters: F, query: LocationQuery, settled: StateOf<F>, known: Known<F>): Unusable[] {
  const entries = Object.entries<AnyFilter>(filters);
  const names = new Set(entries.flatMap(([, filter]) => given(filter, query).map(([name]) => name)));
  const unknown = Object.keys(query).filter((name) => !names.has(name) && !isOfShell(name, query));
  return [
    ...unknown.map((name): Unusable => ({ why: "unknown", name, value: many(query, name).join(", ") })),
    ...entries.flatMap(([key, filter]) => unusableOf(key, filter, query, settled[key], known[key])),
  ];
}
