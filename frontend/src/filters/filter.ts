// One filter of a page: how it stands in the address, in the query of the core, and in words.
import type { LocationQuery } from "vue-router";

/** One filter, or another part of a page's state; `V` is its value, `C` its name in the query of the core. */
export interface Filter<V, C extends string = string> {
  kind: "text" | "many" | "toggle" | "flag" | "choice" | "days" | "view";
  label: () => string;
  empty: V;
  read(query: LocationQuery): V;
  /** All its names in the address, with their values; undefined and empty ones are left out. */
  write(value: V): Record<string, string | readonly string[] | undefined>;
  /** Whether a value in the address means something; any does when it is left out. */
  isValid?: (value: string, name: string) => boolean;
  /** Name in the query of the core; undefined for what is not part of it. */
  core?: C | undefined;
  /** What lets most rows pass, when it is not the empty value. */
  relaxed?: V;
  /** Value of its chip; an empty text for none. */
  chip(value: V): string;
  placeholder?: string;
  /** Values of a `choice`, with their names. */
  values?: readonly { value: string; label: () => string }[];
  /** Text of a value of a `many`. */
  textOf?: (value: string) => string;
  /** Whether the bar has no input for it. */
  isHidden?: boolean;
  /** Last days that a `days` offers, and how many it opens with. */
  presets?: readonly number[];
  /** Whether a `days` offers the plant's named ranges, of production days. */
  isNamed?: boolean;
  usualDays?: number;
}

// A filter takes its value and gives it back, so that no common type of values exists.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyFilter<C extends string = string> = Filter<any, C>;
export type Filters<C extends string = string> = Record<string, AnyFilter<C>>;
export type StateOf<F extends Filters> = { [K in keyof F]: F[K] extends Filter<infer V, string> ? V : never };
