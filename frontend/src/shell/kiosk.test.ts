// @vitest-environment happy-dom
import { afterEach, expect, it } from "vitest";
import { createMemoryHistory, createRouter, parseQuery } from "vue-router";

import { createTurns, followKiosk, kiosk, kioskOf, kioskQuery, leaveKiosk, turn } from "./kiosk";

afterEach(() => (kiosk.value = undefined));

function pages() {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: "/:path(.*)*", component: { render: () => null } }] });
  followKiosk(router);
  return router;
}

it("reads seconds and pages from the address, within bounds and this site", () => {
  const seconds = (query: string) => kioskOf(parseQuery(query))?.seconds;
  expect([
    seconds("kiosk=90"),
    seconds("kiosk"),
    seconds("kiosk=abc"),
    seconds("kiosk=1"),
    seconds("kiosk=1e9"),
    seconds("kiosk=-5"),
  ]).toEqual([90, 60, 60, 5, 3_600, 60]);
  expect(seconds("q=kiosk")).toBeUndefined();
  expect(kioskOf(parseQuery("kiosk=60&page=/a?b=1&page=//example.org&page=https://x/&page=/c"))?.pages).toEqual(["/a?b=1", "/c"]);
});

it("turns once however long the computer slept, and goes on after its clock was set back", () => {
  let now = 0;
  const isDue = createTurns(60_000, () => now);
  const at = (ms: number) => ((now = ms), isDue());
  expect([at(59_999), at(60_000), at(60_001), at(119_999)]).toEqual([false, true, false, false]);
  const week = 7 * 86_400_000;
  expect([at(week), at(week + 1), at(week + 59_999), at(week + 60_000)], "after sleep").toEqual([true, false, false, true]);
  expect([at(1_000), at(60_999), at(61_000)], "set back").toEqual([false, false, true]);
});

it("keeps itself in the address of every page, goes round, and leaves the page as it is without it", async () => {
  const router = pages();
  const shown = ["/wip-overview?package=SOT-23+%26+more", "/resource", "/resource?status=UDT"];
  const path = () => router.currentRoute.value.path;
  await router.push({ path: "/resource", query: kioskQuery(60, shown, "dark", "zh-TW") });
  expect(kiosk.value).toMatchObject({ seconds: 60, pages: shown });
  const seen: unknown[] = [];
  for (let n = 0; n < 3; n++) {
    await turn(router, shown);
    const { query } = router.currentRoute.value;
    seen.push([path(), query.status ?? query.package]);
    expect(query).toMatchObject({ kiosk: "60", page: shown, theme: "dark", lang: "zh-TW" });
  }
  expect(seen).toEqual([
    ["/resource", "UDT"],
    ["/wip-overview", "SOT-23 & more"],
    ["/resource", undefined],
  ]);
  // A page that writes its own address.
  await router.push({ path: "/resource", query: { q: "GWB" } });
  expect(router.currentRoute.value.query).toMatchObject({ q: "GWB", kiosk: "60" });
  leaveKiosk(router);
  await router.isReady();
  await expect.poll(() => router.currentRoute.value.fullPath).toBe("/resource?q=GWB");
  expect(kiosk.value).toBeUndefined();
});

it("stays on one page, and begins anew from a page that is not of the list", async () => {
  const router = pages();
  await router.push("/resource?kiosk=60&page=/resource");
  await turn(router, ["/resource"]);
  expect(router.currentRoute.value.path).toBe("/resource");
  await turn(router, []);
  expect(router.currentRoute.value.path).toBe("/resource");
  await turn(router, ["/a", "/b"]);
  expect(router.currentRoute.value.path).toBe("/a");
});
