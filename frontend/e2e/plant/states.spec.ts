// axe finds nothing on any page in any of its states, nothing is cut off, and the keyboard reaches everything.
import type { Page } from "@playwright/test";

import { expect } from "../fixtures.ts";
import { expectUsable, filters, open, PAGES, rows } from "../parts.ts";
import { test } from "../plant.ts";

const VIEWS = [
  { width: 1440, theme: "light", language: "zh-TW" },
  { width: 1440, theme: "dark", language: "en" },
  { width: 390, theme: "light", language: "en" },
  { width: 390, theme: "dark", language: "zh-TW" },
] as const;

/** Brings a page, which is open, into a state; false where it has none. */
const STATES: Record<string, (page: Page) => Promise<boolean>> = {
  async "filtered to nothing"(page) {
    const text = filters(page).locator("input[type=search]").first();
    if ((await text.count()) === 0) return false;
    await text.fill("(no such name");
    await page.waitForURL(/no\+such|no%20such/);
    return true;
  },
  async "panel open"(page) {
    const table = page.getByRole("main").getByRole("grid").last();
    if ((await rows(table).count()) === 0) return false;
    const { pathname } = new URL(page.url());
    await rows(table).first().getByRole("rowheader").click();
    // A row may open a page, or nothing.
    if ((await page.getByRole("dialog").count()) === 0 || new URL(page.url()).pathname !== pathname) return false;
    await expect(page.getByRole("dialog").locator(".body > *").first()).toBeVisible();
    return true;
  },
  async "list open"(page) {
    const list = filters(page).locator("[aria-autocomplete]").first();
    if ((await list.count()) === 0) return false;
    await list.click();
    await expect(page.getByRole("listbox").getByRole("option").first()).toBeVisible();
    return true;
  },
  async "search open"(page) {
    await page.keyboard.press("Control+k");
    await page.keyboard.type("a");
    await expect(page.getByRole("dialog").getByRole("option").first()).toBeVisible();
    return true;
  },
};

async function expectUsableInStates(page: Page, path: string, states: string[]): Promise<void> {
  for (const state of states) {
    await test.step(`${path}, ${state}`, async () => {
      await open(page, path);
      if (await STATES[state]!(page)) await expectUsable(page);
    });
  }
}

/** All pages while nothing is answered, then while all is refused. */
async function expectUsableWithout(page: Page): Promise<void> {
  for (const state of ["loading", "failed"] as const) {
    await page.route(/\/api\/(?!pages|session|events)/, (route) =>
      state === "failed"
        ? route.fulfill({ status: 503, json: { success: false, error: { code: "DB_BUSY", message: "busy" } } })
        : undefined,
    );
    for (const path of PAGES) {
      await test.step(`${path}, ${state}`, async () => {
        await page.goto(path);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await expectUsable(page);
      });
    }
    await page.unrouteAll({ behavior: "ignoreErrors" });
  }
}

for (const path of PAGES) {
  test(`${path} is accessible with a panel open and filtered to nothing`, async ({ page }) => {
    await expectUsableInStates(page, path, ["panel open", "filtered to nothing"]);
  });
}

test("the search and the list of a filter are accessible", async ({ page }) => {
  await expectUsableInStates(page, "/wip-overview", ["search open", "list open"]);
});

test("every page is accessible while it loads and when that fails", async ({ page, problems }) => {
  problems.expect(/status of 503|aborted/);
  await expectUsableWithout(page);
});

for (const { width, theme, language } of VIEWS) {
  test.describe(`${width} px, ${theme}, ${language}, all states`, { tag: "@thorough" }, () => {
    test.use({ theme, language, viewport: { width, height: 900 } });
    test.setTimeout(600_000);

    test("every page in every state", async ({ page, problems }) => {
      problems.expect(/status of 503|aborted/);
      for (const path of PAGES) await expectUsableInStates(page, path, Object.keys(STATES));
      await expectUsableWithout(page);
    });
  });
}

/** The table that has the focus, empty for what is in none; undefined once the keyboard has left the page. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const at = document.activeElement;
    const before = Reflect.get(window, "focused") as Element | undefined;
    Reflect.set(window, "focused", at);
    // Behind the last stop is the browser itself; an input of days is several stops.
    if (!at || at === document.body || (at === before && !at.matches("input"))) return undefined;
    return at.closest("[role=grid], [role=treegrid]")?.getAttribute("aria-label") ?? "";
  });

test("by keyboard a table is one stop, and the focus never falls to the body", async ({ page }) => {
  for (const path of PAGES) {
    await test.step(path, async () => {
      await open(page, path);
      const grids = await page.getByRole("main").locator("[role=grid], [role=treegrid]").count();
      await page.locator("#content").focus();
      const stops: string[] = [];
      for (;;) {
        await page.keyboard.press("Tab");
        const at = await focused(page);
        if (at === undefined || stops.length > 200) break;
        stops.push(at);
      }
      expect(stops.length).toBeLessThan(120);
      const inGrids = [...new Set(stops.filter((label) => label !== ""))];
      expect(inGrids.length, inGrids.join()).toBe(grids);
    });
  }
});

test.describe("at 200 %", () => {
  test.use({ viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 });

  test("the first figure is in view, and nothing is wider than the page", async ({ page }) => {
    for (const path of PAGES) {
      await test.step(path, async () => {
        await open(page, path);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect.soft(overflow, path).toBeLessThanOrEqual(0);
        const main = page.getByRole("main");
        const figure = main.getByRole("strong").or(main.getByRole("gridcell")).first();
        const top = (await figure.count()) > 0 ? (await figure.boundingBox())!.y : 0;
        expect.soft(top, `top of the first figure of ${path}`).toBeLessThan(430);
      });
    }
  });
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test("what is tapped is at least 24 px high and wide", async ({ page }) => {
    for (const path of PAGES) {
      await test.step(path, async () => {
        await open(page, path);
        const small = await page.evaluate(() =>
          [...document.querySelectorAll<HTMLElement>("main :is(button, input, select, a, summary)")]
            .filter((target) => target.checkVisibility() && !target.closest(".visually-hidden, [role=grid], [role=treegrid], p, li, dd"))
            .map((target) => ({ target, box: (target.closest("label") ?? target).getBoundingClientRect() }))
            .filter(({ box }) => box.width < 24 || box.height < 24)
            .map(({ target, box }) => `${target.outerHTML.slice(0, 80)} ${box.width}×${box.height}`),
        );
        expect.soft(small, path).toEqual([]);
      });
    }
  });
});
