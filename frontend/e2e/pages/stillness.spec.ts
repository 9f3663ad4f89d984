// What must stay in its place.
import type { Locator, Page } from "@playwright/test";

import { expect, test } from "../fixtures.ts";
import { filters, open, PAGES } from "../parts.ts";
import { expectStill, forgetShifts, watchShifts } from "../shifts.ts";

test("nothing moves in the search while a text is typed", async ({ page }) => {
  await watchShifts(page);
  await open(page, "/wip-overview");
  await page.keyboard.press("Control+k");
  const hits = page.getByRole("dialog", { name: "Search" }).getByRole("option");
  await expect(hits.first()).toBeVisible();
  await forgetShifts(page);
  for (const text of ["G", "GA", "GA2", "GA2611", "no such thing", ""]) {
    await page.getByRole("dialog").getByRole("combobox").fill(text);
    await expect(hits.first()).toBeVisible({ visible: text !== "no such thing" });
    await expectStill(page, `“${text}”`);
  }
});

const main = (page: Page) => page.getByRole("main");
const has = async (part: Locator) => (await part.count()) > 0;
const query = (page: Page) => new URL(page.url()).search;

/** Does something that changes the address; nothing moves. */
async function change(page: Page, what: string, action: () => Promise<void>): Promise<void> {
  const before = query(page);
  await action();
  await expect(page, what).not.toHaveURL((url) => url.search === before);
  await expectStill(page, what);
}

/** What people do to narrow down what they see, and back; a page has some of it. */
const STEPS: Record<string, (page: Page) => Promise<void>> = {
  async text(page) {
    const text = filters(page).getByRole("searchbox").or(filters(page).locator("input[type=search]")).first();
    if (!(await has(text))) return;
    await change(page, "a text", () => text.fill("1"));
    await change(page, "no text", () => text.fill(""));
  },
  async choice(page) {
    const list = filters(page).getByRole("combobox").and(page.locator("[aria-autocomplete]")).first();
    if (!(await has(list))) return;
    await list.click();
    await expectStill(page, "a list");
    const first = page.getByRole("listbox").getByRole("option").first();
    await change(page, "a choice", () => first.click());
    await change(page, "the choice taken back", () => first.click());
    await page.keyboard.press("Escape");
    await expectStill(page, "a list that closes");
  },
  async figure(page) {
    const figure = main(page).getByRole("list").getByRole("button").and(page.locator("[aria-pressed]")).nth(1);
    if (!(await has(figure))) return;
    await change(page, "a figure", () => figure.click());
    await change(page, "the figure taken back", () => figure.click());
  },
  async order(page) {
    const head = main(page).getByRole("grid").getByRole("columnheader").and(page.locator("[aria-sort]")).nth(1);
    if (!(await has(head))) return;
    await head.click();
    await expectStill(page, "an order");
    await head.click();
    await expectStill(page, "the other order");
  },
};

/** Waits for two changes of the plant. */
async function expectUpdates(page: Page): Promise<void> {
  for (let update = 1; update <= 2; update += 1) {
    const change = await page.waitForResponse(/\/api\/snapshot\/\w+\?(\S+&)?since=/);
    await change.finished();
    await expectStill(page, `live update ${update}`);
  }
}

for (const path of PAGES) {
  test(`nothing moves on ${path}`, async ({ page }) => {
    await watchShifts(page);
    for (const width of [1440, 390]) {
      await test.step(`${width} px`, async () => {
        await page.setViewportSize({ width, height: 900 });
        await open(page, path);
        await expectStill(page, "what arrives");
        // On a phone the filters are behind a button.
        const opener = filters(page).getByRole("button", { name: "Filters" });
        if (await has(opener)) await opener.click();
        await forgetShifts(page);
        for (const step of Object.values(STEPS)) await step(page);
        await expectUpdates(page);
      });
    }
  });
}
