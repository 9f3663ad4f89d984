// A page's state is its address: every change is written there, and what is
// read from there is checked.
import { computed, type ComputedRef } from "vue";
import { type LocationQuery, type LocationQueryRaw, parseQuery, stringifyQuery, useRoute, useRouter } from "vue-router";

import { codes } from "./choiceCodes";

/** How a page's state is read from and written to the query of its address. */
export interface UrlCodec<T> {
  read: (query: LocationQuery) => T;
  write: (state: T) => Record<string, string | string[] | undefined>;
}

/** One text of a query. */
export function one(query: LocationQuery, key: string): string {
  const value = query[key];
  return (Array.isArray(value) ? value[0] : value) ?? "";
}

/** All texts of a query under one key, each once. */
export function many(query: LocationQuery, key: string): string[] {
  const value = query[key];
  const list = Array.isArray(value) ? value : [value];
  return [...new Set(list.filter((item): item is string => typeof item === "string" && item !== ""))];
}

/** One of `allowed`, or undefined. */
export function oneOf<T extends string>(query: LocationQuery, key: string, allowed: readonly T[]): T | undefined {
  return allowed.find((value) => value === one(query, key));
}

/** Servers and proxies reject long addresses; what comes after `#` stays in the browser until a code stands for it. */
const LONGEST_QUERY = 1_500;
/** Names the code of a query in an address. */
export const CODE = "v";

/** A query without what is empty. */
export function given(all: LocationQueryRaw): LocationQueryRaw {
  const isGiven = (value: LocationQueryRaw[string]) => value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(all).filter(([, value]) => isGiven(value)));
}

/** Where a query goes: before `#`, or behind it when it is long. What is empty is left out. */
export function placed(all: LocationQueryRaw): { query: LocationQueryRaw; hash: string } {
  const query = given(all);
  const written = stringifyQuery(query);
  if (written.length <= LONGEST_QUERY) return { query, hash: "" };
  // The router escapes letters once more.
  return { query: {}, hash: `#?${written.replace(/(?:%[89A-F][0-9A-F])+/gi, decodeURIComponent)}` };
}

/** The long query of an address, as text; undefined when there is none, or its code is not known yet. */
export function longQueryOf({ query, hash }: { query: LocationQuery; hash: string }): string | undefined {
  return hash.startsWith("#?") ? hash.slice(2) : codes.textOf(one(query, CODE));
}

export function withoutCode(query: LocationQuery): LocationQuery {
  return Object.fromEntries(Object.entries(query).filter(([key]) => key !== CODE));
}

/** The query of an address, wherever it is. */
export function queryOf(route: { query: LocationQuery; hash: string }): LocationQuery {
  const long = longQueryOf(route);
  return long === undefined ? route.query : { ...withoutCode(route.query), ...parseQuery(long) };
}

/** The next state with the values of the one before where they are equal, so that nothing is computed from them again. */
function steady<T extends object>(before: Partial<T>, next: T): T {
  const same = (key: string) => JSON.stringify(next[key as keyof T]) === JSON.stringify(before[key as keyof T]);
  return { ...next, ...Object.fromEntries(Object.entries(before).filter(([key]) => same(key))) };
}

/**
 * State in the address. `set` replaces the entry of the history while typing
 * (`replace`), and adds one otherwise, so that the back button undoes choices.
 */
export function useUrlState<T extends object>(
  codec: UrlCodec<T>,
): { state: ComputedRef<T>; set: (change: Partial<T>, replace?: boolean) => void } {
  const route = useRoute();
  const router = useRouter();
  const state = computed<T>((before) => steady(before ?? {}, codec.read(queryOf(route))));
  function set(change: Partial<T>, replace = false): void {
    const next = placed(codec.write({ ...state.value, ...change }));
    void (replace ? router.replace(next) : router.push(next));
  }
  return { state, set };
}
