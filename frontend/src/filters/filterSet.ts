// Filter sets: one declaration of a page's filters gives its address, its query, its chips, and what takes a filter back.
import type { LocationQuery, LocationQueryRaw } from "vue-router";

import type { Unusable } from "../panel/address";
import { i18n } from "../words/i18n";
import { isDate } from "./dayRange";
import type { AnyFilter, Filter, Filters, StateOf } from "./filter";
import type { ShownFact } from "./shownFacts";
import { type Known, unusableIn } from "./unusable";
import { given, many, one, oneOf, type UrlCodec } from "./urlState";

export type { Filter, Filters, StateOf } from "./filter";

interface Options<C extends string> {
  label: () => string;
  /** Name in the address. */
  url: string;
  core?: C;
  isHidden?: boolean;
}

const none = () => "";
const isFlag = (value: string) => value === "true" || value === "false";

/** A text that a value contains. */
export function textFilter<C extends string>(options: Options<C> & { placeholder?: string }): Filter<string, C> {
  const { url, ...rest } = options;
  return {
    ...rest,
    kind: "text",
    empty: "",
    read: (query) => one(query, url),
    write: (value) => ({ [url]: value }),
    chip: (value) => value,
  };
}

/** Any of several values. */
export function manyFilter<C extends string>(options: Options<C> & { textOf?: (value: string) => string }): Filter<string[], C> {
  const { url, textOf = (value: string) => value, ...rest } = options;
  return {
    ...rest,
    textOf,
    kind: "many",
    empty: [],
    read: (query) => many(query, url),
    write: (value) => ({ [url]: value }),
    chip: (value) => value.map(textOf).join(", "),
  };
}

/** A check box that lets more rows pass. */
export function toggleFilter<C extends string>(options: Options<C>): Filter<boolean, C> {
  const { url, ...rest } = options;
  return {
    ...rest,
    kind: "toggle",
    empty: false,
    relaxed: true,
    read: (query) => one(query, url) === "true",
    isValid: isFlag,
    write: (value) => ({ [url]: value ? "true" : undefined }),
    chip: none,
  };
}

/** Yes, no, or both. */
export function flagFilter<C extends string>(
  options: Options<C> & { yes: () => string; no: () => string },
): Filter<boolean | undefined, C> {
  const { url, yes, no, ...rest } = options;
  return {
    ...rest,
    kind: "flag",
    empty: undefined,
    values: [
      { value: "true", label: yes },
      { value: "false", label: no },
    ],
    read: (query) => ({ true: true, false: false })[one(query, url)],
    isValid: isFlag,
    write: (value) => ({ [url]: value === undefined ? undefined : String(value) }),
    chip: (value) => (value === undefined ? "" : value ? yes() : no()),
  };
}

/** One of a few values, or none of them. */
export function choiceFilter<T extends string, C extends string>(
  options: Options<C> & { values: readonly T[]; textOf?: (value: T) => string },
): Filter<T | undefined, C> {
  const { url, values, textOf = (value: T) => value as string, ...rest } = options;
  return {
    ...rest,
    kind: "choice",
    empty: undefined,
    values: values.map((value) => ({ value, label: () => textOf(value) })),
    read: (query) => oneOf(query, url, values),
    isValid: (value) => values.some((allowed) => allowed === value),
    write: (value) => ({ [url]: value }),
    chip: (value) => (value === undefined ? "" : textOf(value)),
  };
}

/** First and last day as in the address; empty texts for the usual days. */
export interface Days {
  startDate: string;
  endDate: string;
}

const day = (query: LocationQuery, url: string) => (isDate(one(query, url)) ? one(query, url) : "");

/** A range of days, with the plant's named ranges, or with ranges that end today. */
export function daysFilter(options: {
  label: () => string;
  presets?: readonly number[];
  usualDays: number;
  isNamed?: boolean;
}): Filter<Days, never> {
  return {
    ...options,
    kind: "days",
    empty: { startDate: "", endDate: "" },
    read: (query) => ({ startDate: day(query, "start_date"), endDate: day(query, "end_date") }),
    write: ({ startDate, endDate }) => ({ start_date: startDate, end_date: endDate }),
    isValid: isDate,
    chip: none,
  };
}

/**
 * State of the page that is no filter: an open panel, an order. It is in the address only. A value that
 * leaves it as it is without one means nothing, unless `isValid` knows better.
 */
export function viewState<V>(
  empty: V,
  read: (query: LocationQuery) => V,
  write: Filter<V>["write"],
  isValid: NonNullable<Filter<V>["isValid"]> = (value, name) => JSON.stringify(read({ [name]: value })) !== JSON.stringify(empty),
): Filter<V, never> {
  return { kind: "view", label: none, empty, read, write, isValid, chip: none, isHidden: true };
}

/** A text of the view, such as the name of what is open. */
export function viewText(url: string): Filter<string, never> {
  return viewState(
    "",
    (query) => one(query, url),
    (value) => ({ [url]: value }),
  );
}

/** A filter in use, in words. */
export interface Chip {
  key: string;
  label: string;
  value: string;
}

export interface FilterSet<F extends Filters, Query> {
  filters: F;
  codec: UrlCodec<StateOf<F>>;
  /** The filters in use as query of the core. */
  query(state: StateOf<F>): Query;
  /** What takes all filters back; the view stays. */
  cleared: Partial<StateOf<F>>;
  chips(state: StateOf<F>): Chip[];
  /** The filters in use in words: those of the chips, and those that have none. */
  words(state: StateOf<F>): ShownFact[];
  /** The filter that the core calls by this name. */
  named(core: string): { key: string; label: string } | undefined;
  /** What takes one filter back. */
  relaxed(key: string): Partial<StateOf<F>>;
  /** What of an address has no effect, or names what is not there. */
  unusable(query: LocationQuery, known: Known<F>): Unusable[];
}

interface SetOptions<State> {
  /** Makes a state consistent, for instance without a hold type where no holds are asked for. */
  settle?: (state: State) => State;
}

function isEmpty(filter: AnyFilter, value: unknown): boolean {
  return Array.isArray(value) ? value.length === 0 : value === filter.empty;
}

/** The words of a filter without a chip. */
function wordOf({ kind, core }: AnyFilter, value: unknown): string {
  if (kind === "view") return core !== undefined && typeof value === "string" ? value : "";
  if (kind === "toggle") return value ? i18n.global.t("common.yes") : "";
  if (kind !== "days") return "";
  const { startDate, endDate } = value as Days;
  return startDate && endDate ? `${startDate} – ${endDate}` : "";
}

/** Some filters as the address of another page has them; what `state` lacks is left out. */
export function writtenOf<F extends Filters>(filters: F, state: NoInfer<Partial<StateOf<F>>>): LocationQueryRaw {
  const written = Object.entries<AnyFilter>(filters).map(([key, filter]) => filter.write(state[key] ?? filter.empty));
  return given(Object.assign({}, ...written) as LocationQueryRaw);
}

/** `filterSet<LotFilter>()({ … })`: every filter's `core` is a field of the query. */
export function filterSet<Query extends object>() {
  return <F extends Filters<keyof Query & string>>(
    filters: F,
    { settle = (state) => state }: SetOptions<StateOf<F>> = {},
  ): FilterSet<F, Query> => {
    type State = StateOf<F>;
    const entries = Object.entries<AnyFilter>(filters);
    const read = (query: LocationQuery) => Object.fromEntries(entries.map(([key, filter]) => [key, filter.read(query)])) as State;
    const chips = (state: State) =>
      entries.map(([key, filter]) => ({ key, label: filter.label(), value: filter.chip(state[key]) })).filter(({ value }) => value !== "");
    const relaxed = (key: string) => ({ [key]: filters[key]!.relaxed ?? filters[key]!.empty }) as Partial<State>;
    return {
      filters,
      codec: {
        read: (query) => settle(read(query)),
        write: (state) => Object.assign({}, ...entries.map(([key, filter]) => filter.write(settle(state)[key]))),
      },
      query: (state) =>
        Object.fromEntries(
          entries
            .filter(([key, filter]) => filter.core !== undefined && !isEmpty(filter, state[key]))
            .map(([key, filter]) => [filter.core, state[key]]),
        ) as Query,
      cleared: Object.fromEntries(
        entries.filter(([, { kind }]) => kind !== "view" && kind !== "days").map(([key, { empty }]) => [key, empty]),
      ) as Partial<State>,
      chips,
      words(state) {
        const named = chips(state);
        const others = entries
          .filter(([key]) => !named.some((chip) => chip.key === key))
          .map(([key, filter]) => ({ label: filter.label(), value: wordOf(filter, state[key]) }));
        return [...named, ...others].filter(({ value }) => value !== "").map(({ label, value }) => ({ label, value }));
      },
      named(core) {
        const found = entries.find(([, filter]) => filter.core === core);
        return found && { key: found[0], label: found[1].label() };
      },
      relaxed,
      unusable: (query, known) => unusableIn(filters, query, settle(read(query)), known),
    };
  };
}
