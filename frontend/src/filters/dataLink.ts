// Addresses at which the API serves the rows that a page shows.
import { stringifyQuery } from "vue-router";

import type { paths } from "../contract/generated";
import type { Filters, FilterSet, StateOf } from "./filterSet";
import { given } from "./urlState";

type Reads = { [P in keyof paths]: paths[P]["get"] extends { parameters: object } ? P : never }[keyof paths];
type Parameters<P extends Reads> = keyof NonNullable<paths[P]["get"]["parameters"]["query"]> & string;

/** Longer addresses are cut by spreadsheets, servers and proxies. */
const LONGEST = 2_000;

/**
 * The rows that the filters in use leave, where the API knows all of them by the `names` that they have in the
 * page's address; undefined where it doesn't. `more` goes along.
 */
export function dataLink<P extends Reads, F extends Filters>(
  path: P,
  names: readonly Parameters<P>[],
  { filters, codec }: FilterSet<F, unknown>,
  state: StateOf<F>,
  more: Partial<Record<Parameters<P>, string>> = {},
): string | undefined {
  const views = Object.entries(filters).filter(([, { kind, core }]) => kind === "view" && core === undefined);
  const shown = { ...state, ...Object.fromEntries(views.map(([key, { empty }]) => [key, empty])) };
  const query = given({ ...codec.write(shown), ...more });
  const known: readonly string[] = [...names, ...Object.keys(more)];
  if (Object.keys(query).some((name) => !known.includes(name))) return undefined;
  const written = stringifyQuery(query);
  const address = written === "" ? path : `${path}?${written}`;
  return address.length > LONGEST ? undefined : address;
}
