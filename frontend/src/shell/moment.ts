// The moment that all pages show: `?at=2026-11-20T07:30` in the address, kept from page to page.
import type { LocationQuery, Router } from "vue-router";

import { one } from "../filters/urlState";
import { plantPast } from "../plant/past";

/** Its name in an address. */
const AT = "at";

export function withMoment(query: LocationQuery, at: string): LocationQuery {
  return { ...query, [AT]: at };
}
function withoutMoment(query: LocationQuery): LocationQuery {
  return Object.fromEntries(Object.entries(query).filter(([name]) => name !== AT));
}

let isLeaving = false;

/** Keeps the moment in the address of every page that is opened by a link, and shows it. */
export function followMoment(router: Router): void {
  // Before the first download: what is not of the moment isn't shown.
  if (one(router.resolve(router.options.history.location).query, AT) !== "") plantPast.expect();
  // The browser's own way back leads to addresses as they were.
  let isPop = false;
  router.options.history.listen(() => (isPop = true));
  router.beforeEach((to, from) => {
    const at = one(from.query, AT);
    if (at === "" || AT in to.query || isPop || isLeaving) return true;
    return { path: to.path, query: withMoment(to.query, at), hash: to.hash };
  });
  router.afterEach((to) => {
    isPop = false;
    isLeaving = false;
    const at = one(to.query, AT);
    if (at === "") plantPast.leave();
    else if (at !== plantPast.past.value?.asked) void plantPast.travel(at);
  });
}

/** Goes to a moment; the entry of the history stays the same while a reader looks around. */
export function goTo(router: Router, at: string): void {
  const { path, query, hash } = router.currentRoute.value;
  const next = { path, query: withMoment(query, at), hash };
  void (one(query, AT) === "" ? router.push(next) : router.replace(next));
}

/** Goes back to what is live, on the same page. */
export function goLive(router: Router): void {
  isLeaving = true;
  const { path, query, hash } = router.currentRoute.value;
  void router.push({ path, query: withoutMoment(query), hash });
}
