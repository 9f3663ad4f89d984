// Kiosk: a wall display that goes from page to page. All of it is in the address, so that it survives reloads:
// `?kiosk=60&page=/wip-overview&page=/resource&theme=dark&lang=zh-TW`.
import { shallowRef } from "vue";
import type { LocationQuery, LocationQueryRaw, RouteLocationNormalized, Router } from "vue-router";

import type { Schemas } from "../contract/api";
import { many, one } from "../filters/urlState";
import { isInside } from "./views";

export const USUAL_SECONDS = 60;
export const LEAST_SECONDS = 5;
export const MOST_SECONDS = 3_600;
/** Names of its parameters. */
const KEYS = ["kiosk", "page", "theme", "lang"];

export interface Kiosk {
  seconds: number;
  /** Addresses to show, in order; none for the pages of the navigation. */
  pages: readonly string[];
  /** Its own part of the address. */
  query: LocationQuery;
}

export function kioskOf(query: LocationQuery): Kiosk | undefined {
  if (!("kiosk" in query)) return undefined;
  const asked = Number(one(query, "kiosk"));
  const seconds = asked > 0 ? Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, Math.round(asked))) : USUAL_SECONDS;
  const own = Object.fromEntries(Object.entries(query).filter(([key]) => KEYS.includes(key)));
  return { seconds, pages: many(query, "page").filter(isInside), query: own };
}

/** The query of the page that is shown, without that of the kiosk. */
export function withoutKiosk(query: LocationQuery): LocationQuery {
  return Object.fromEntries(Object.entries(query).filter(([key]) => !KEYS.includes(key)));
}

/** The query that starts a kiosk. */
export function kioskQuery(seconds: number, pages: readonly string[], theme: string, language: string): LocationQueryRaw {
  return { kiosk: String(seconds), page: [...pages], theme, lang: language };
}

/** Says when it is time for the next page: once, however long the computer slept, also after its clock was set. */
export function createTurns(everyMs: number, now: () => number): () => boolean {
  let nextAt = now() + everyMs;
  return () => {
    const at = now();
    const isDue = at >= nextAt;
    if (isDue || nextAt - at > everyMs) nextAt = at + everyMs;
    return isDue;
  };
}

/** The kiosk that runs in this tab. */
export const kiosk = shallowRef<Kiosk>();

/** Begins with an address that has a kiosk in it, and keeps it in the address of every page. */
export function followKiosk(router: Router): void {
  router.beforeEach((to) => {
    const asked = kioskOf(to.query);
    if (asked) kiosk.value = asked;
    else if (kiosk.value) return { path: to.path, query: { ...to.query, ...kiosk.value.query }, hash: to.hash, replace: true };
    return true;
  });
}

/** The same address, as it is without a kiosk. */
function plain(router: Router, { path, query, hash }: Pick<RouteLocationNormalized, "path" | "query" | "hash">): string {
  return router.resolve({ path, query: withoutKiosk(query), hash }).fullPath;
}

/** The pages of the navigation that show something by themselves, from snapshots. */
export function pagesToShow(router: Router, drawers: readonly Schemas["Drawer"][] = []): Schemas["Page"][] {
  const shows = (path: string) => {
    const page = router.resolve(path).meta.page;
    return page !== undefined && page.datasets.length > 0 && !page.needsChoice;
  };
  return drawers.flatMap((drawer) => drawer.pages).filter(({ path }) => shows(path));
}

export function leaveKiosk(router: Router): void {
  kiosk.value = undefined;
  void router.replace(plain(router, router.currentRoute.value));
}

/** Shows the page after the one that is shown. */
export async function turn(router: Router, pages: readonly string[]): Promise<void> {
  const all = pages.map((page) => plain(router, router.resolve(page)));
  const place = all.indexOf(plain(router, router.currentRoute.value));
  const next = all[(place + 1) % all.length];
  if (next !== undefined && all[place] !== next) await router.replace(next);
}
