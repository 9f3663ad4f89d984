// A long choice in the address becomes a short code. Until the server has kept it, or while it can't be reached,
// the choice stays behind `#`, so that nothing is lost.
import { watch } from "vue";
import type { LocationQuery, RouteLocationRaw, Router } from "vue-router";

import { get, post } from "../contract/api";
import { asMesError, livePlant } from "../plant/livePlant";
import { codes, type Keeper } from "./choiceCodes";
import { CODE, longQueryOf, one, withoutCode } from "./urlState";

interface Address {
  path: string;
  query: LocationQuery;
  hash: string;
}

/** A choice waits this long for its next change, ms. */
const SETTLES_MS = 600;

/** An address with a code in place of a long query; undefined while the server can't keep it. */
export async function shortened({ path, query, hash }: Address): Promise<RouteLocationRaw | undefined> {
  if (!hash.startsWith("#?")) return { path, query };
  const code = await codes.codeFor(hash.slice(2));
  return code === undefined ? undefined : { path, query: { ...query, [CODE]: code } };
}

/** An address that needs no server: a long query in place of its code. */
export function expanded(route: Address): RouteLocationRaw {
  const long = longQueryOf(route);
  return long === undefined
    ? { path: route.path, query: route.query }
    : { path: route.path, query: withoutCode(route.query), hash: `#?${long}` };
}

const server: Keeper = {
  async find(code) {
    try {
      return (await get(await livePlant.client, "/api/choices/{code}", { path: { code } })).data.choices;
    } catch (failure) {
      if (asMesError(failure).status === 404) return undefined;
      throw failure;
    }
  },
  keep: async (choices) => (await post(await livePlant.client, "/api/choices", { choices })).data.code,
};

/** Shortens the address whenever it is long, and loads what a code stands for. */
export function followLongAddresses(router: Router): void {
  codes.connect(server);
  let timer: number | undefined;

  async function shorten(): Promise<void> {
    const route = router.currentRoute.value;
    if (!route.hash.startsWith("#?")) return;
    const short = await shortened(route);
    if (short && router.currentRoute.value.fullPath === route.fullPath) await router.replace(short);
  }
  function shortenLater(): void {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void shorten(), SETTLES_MS);
  }
  router.afterEach((to) => {
    const code = one(to.query, CODE);
    if (code !== "") void codes.load(code);
    shortenLater();
  });
  watch(livePlant.opened, shortenLater);
}
