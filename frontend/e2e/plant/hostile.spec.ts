// Names that try to be more than text, of any script and length: on every page, in its panels and in the search.
import type { Page } from "@playwright/test";

import { expect } from "../fixtures.ts";
import { expectLaidOut } from "../layout.ts";
import { PAGES, ready } from "../parts.ts";
import { NAMES, test } from "../plant.ts";

const [IMAGE, QUOTES, , , , LONG] = NAMES;
const encoded = encodeURIComponent;
const OPENED = [
  ...PAGES,
  `/lot/${encoded(IMAGE)}`,
  `/lot/${encoded(LONG)}`,
  "/equipment/r0",
  `/wip-overview?lots=${encoded(LONG)}&package=${encoded(QUOTES)}`,
  `/wip-overview?reason=${encoded(LONG)}`,
  `/wip-detail?lot=${encoded(QUOTES)}`,
  `/hold-detail?reason=${encoded(IMAGE)}`,
  `/hold-overview?${NAMES.map((name) => `reason=${encoded(name)}`).join("&")}`,
  "/resource?machine=r5",
  "/job-query?job=J0",
];

/** Scripts that ran and policies that were violated. */
async function watchScripts(page: Page): Promise<string[]> {
  const hits: string[] = [];
  await page.exposeFunction("hit", (what = "a script ran") => hits.push(what));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective }) => Reflect.get(window, "hit")(violatedDirective));
  });
  return hits;
}

for (const language of ["en", "zh-TW"] as const) {
  test.describe(language, () => {
    test.use({ language });

    test("names are text that overlaps nothing, at 1440 and 390 px", async ({ page }) => {
      const hits = await watchScripts(page);
      for (const address of OPENED) {
        await test.step(address, async () => {
          await page.setViewportSize({ width: 1440, height: 900 });
          await page.goto(address);
          await ready(page, new URL(address, "http://server").pathname);
          await expect(page.locator("main img, [role=dialog] img")).toHaveCount(0);
          for (const width of [1440, 390]) {
            await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
            await expectLaidOut(page);
          }
        });
      }
      expect(hits).toEqual([]);
    });
  });
}

test("the search finds hostile names as text", async ({ page }) => {
  const hits = await watchScripts(page);
  await page.goto("/wip-overview");
  await ready(page, "/wip-overview");
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 844 });
    await page.getByRole("button", { name: "Search", exact: true }).click();
    const palette = page.getByRole("dialog", { name: "Search" });
    for (const name of NAMES) {
      await palette.getByRole("combobox").fill(name);
      await expect(palette.getByRole("option").first()).toContainText(name.slice(0, 10));
      await expect(palette.locator("img")).toHaveCount(0);
      await expectLaidOut(page);
    }
    await page.keyboard.press("Escape");
  }
  expect(hits).toEqual([]);
});
