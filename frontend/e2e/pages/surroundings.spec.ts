// Many tabs, proxies that hold back, scanners, forbidden storage, long names, paper.
import type { Page } from "@playwright/test";

import { ownClock, until } from "../clock.ts";
import { expect, test } from "../fixtures.ts";
import { dataAge, expectUsable, filters, notice, open, ready, rows, visit } from "../parts.ts";

const asOf = (page: Page) =>
  dataAge(page)
    .getByText(/^Data as of/)
    .innerText();

test("eight tabs share one stream, stay current and open other pages", async ({ context }) => {
  const streams = new Set();
  context.on("request", (request) => request.url().endsWith("/api/events") && streams.add(request));
  const tabs: Page[] = [];
  for (let n = 0; n < 8; n += 1) {
    const tab = await context.newPage();
    await tab.goto("/wip-overview");
    tabs.push(tab);
  }
  for (const tab of tabs) await ready(tab, "/wip-overview");
  expect(streams.size).toBeLessThanOrEqual(2);
  const before = await Promise.all(tabs.map(asOf));
  for (const [n, tab] of tabs.entries()) {
    await expect.poll(async () => (await asOf(tab)) > before[n]!, { timeout: 30_000, message: `a newer version in tab ${n}` }).toBe(true);
    await expect(dataAge(tab)).toHaveAttribute("data-level", "live");
    await visit(tab, "Equipment");
  }
  for (const tab of tabs) await expect(rows(tab.getByRole("treegrid")).first()).toBeVisible();
  // The first tab had the stream.
  await tabs.shift()!.close();
  const after = await Promise.all(tabs.map(asOf));
  for (const [n, tab] of tabs.entries()) {
    await visit(tab, "WIP overview");
    await expect
      .poll(async () => (await asOf(tab)) > after[n]!, { timeout: 40_000, message: `a newer version in tab ${n + 1}` })
      .toBe(true);
    await expect(dataAge(tab)).toHaveAttribute("data-level", "live");
    await tab.close();
  }
});

test("a page whose code can't be had is told, and opened when it can", async ({ page, problems }) => {
  problems.expect(/net::ERR_FAILED|Failed to fetch dynamically imported module|Unable to preload/);
  let isAway = true;
  await page.route(/\/assets\/ResourcePage-/, (route) => (isAway ? route.abort() : route.continue()));
  await page.route(
    (url) => url.pathname === "/",
    (route) => (isAway ? route.abort() : route.continue()),
  );
  await page.goto("/wip-overview?package=none");
  await expect(dataAge(page)).toBeVisible();
  await visit(page, "Equipment");
  const told = page.getByRole("alert").filter({ hasText: "Equipment is not loaded yet, and the server can't be reached." });
  await expect(told).toBeVisible();
  await expect(page).toHaveURL(/wip-overview\?package=none/);
  await expectUsable(page);
  isAway = false;
  await told.getByRole("button", { name: "Try again" }).click();
  await expect(rows(page.getByRole("treegrid")).first()).toBeVisible();
});

test("a page whose code does not come is announced and told, and does not come back after another one", async ({ page }) => {
  await ownClock(page);
  // Neither it nor the question for a newer build is answered.
  await page.route(/\/assets\/ResourcePage-|:\d+\/$/, () => undefined);
  await open(page, "/wip-overview");
  const announced = page.getByText("Loading Equipment…");
  await visit(page, "Equipment");
  await until(page, 500, () => expect(announced).toBeVisible({ timeout: 100 }));
  await visit(page, "Home");
  await expect(page).toHaveURL(/:\d+\/$/);
  await expect(announced).toHaveCount(0);
  const asked = page.waitForRequest(/:\d+\/$/);
  await page.clock.fastForward(10_000);
  await asked;
  const unanswered = page.waitForEvent("requestfailed");
  await page.clock.fastForward(5_000);
  await unanswered;
  await expect(page.getByRole("alert").filter({ hasText: "is not loaded yet" })).toHaveCount(0);
  await visit(page, "WIP overview");
  await visit(page, "Equipment");
  const told = page.getByRole("alert").filter({ hasText: "Equipment is not loaded yet, and the server can't be reached." });
  await until(page, 5_000, () => expect(told).toBeVisible({ timeout: 100 }));
  await expect(page).toHaveURL(/wip-overview$/);
});

test("announcements that don't arrive are replaced by questions, and come back", async ({ page, problems }) => {
  test.setTimeout(240_000);
  problems.expect(/status of 403/);
  let isHeld = true;
  await page.route("**/api/events", (route) => (isHeld ? route.fulfill({ status: 403, body: "no" }) : route.continue()));
  await page.goto("/wip-overview");
  await expect(dataAge(page)).toHaveAttribute("data-level", "asking", { timeout: 60_000 });
  await expect(notice(page)).toContainText("The server's announcements don't arrive here");
  const before = await asOf(page);
  await expect.poll(() => asOf(page), { timeout: 60_000 }).not.toBe(before);
  expect((await asOf(page)) > before, "newer data").toBe(true);
  await expect(dataAge(page)).not.toHaveAttribute("data-level", "live");
  isHeld = false;
  await notice(page).getByRole("button", { name: "Retry now" }).click();
  await expect(dataAge(page)).toHaveAttribute("data-level", "live", { timeout: 60_000 });
});

test("what a scanner types goes to the search and changes nothing else", async ({ page }) => {
  await open(page, "/resource");
  await page.getByRole("combobox", { name: "Language" }).focus();
  // As one task: a scanner is faster than a test can send keys on a busy machine.
  await page.evaluate(() => {
    for (const key of [..."tl-GA2611", "Enter"])
      document.activeElement?.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  });
  await page.waitForURL(/\/wip-overview\?lotid=tl-GA2611/);
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
});

test("a browser that forbids storage shows everything", async ({ page, problems }) => {
  problems.expect(/denied/);
  await page.addInitScript(() => {
    for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException("denied", "SecurityError");
        },
      });
    }
    Reflect.deleteProperty(window, "BroadcastChannel");
  });
  await open(page, "/wip-overview");
  await page.getByRole("combobox", { name: "Theme" }).selectOption("dark");
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
});

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 } });

  const TABLES: Record<string, "grid" | "treegrid"> = { "/wip-overview": "grid", "/resource": "treegrid", "/resource-history": "treegrid" };
  for (const [path, role] of Object.entries(TABLES)) {
    test(`a group of 40 letters leaves room for the numbers of its row on ${path}`, async ({ page }) => {
      await open(page, path);
      const head = rows(page.getByRole(role).first()).first().getByRole("rowheader");
      const seen = await head.evaluate((name) => {
        const walker = document.createTreeWalker(name, NodeFilter.SHOW_TEXT);
        let label: Text | undefined;
        while (walker.nextNode()) if (walker.currentNode.textContent?.trim()) label = walker.currentNode as Text;
        if (label) label.data = "Wire bonding of the lead frames, area 12E";
        const { left, right } = name.getBoundingClientRect();
        const places = [...name.parentElement!.children].slice(1).map((cell) => cell.getBoundingClientRect());
        return {
          letters: name.textContent?.length ?? 0,
          width: right - left,
          figures: places.filter((place) => place.left >= right - 1 && place.right <= innerWidth).length,
        };
      });
      expect(seen.letters).toBeGreaterThanOrEqual(40);
      expect(seen.width).toBeLessThanOrEqual(0.45 * 390);
      expect(seen.figures).toBeGreaterThanOrEqual(1);
    });
  }
});

const PRINTED: { address: string; role: "grid" | "treegrid" }[] = [
  { address: "/wip-overview?packages=all", role: "grid" },
  { address: "/resource", role: "treegrid" },
];
for (const theme of ["light", "dark"] as const) {
  test.describe(`on paper, from the ${theme} theme`, () => {
    test.use({ theme });

    for (const { address, role } of PRINTED) {
      test(`${address} is whole, without controls, black on white`, async ({ page }) => {
        await open(page, address);
        const controls = [page.getByRole("navigation"), filters(page).getByRole("combobox"), page.getByRole("combobox", { name: "Theme" })];
        for (const control of controls) await expect(control.first()).toBeVisible();
        // The width of a sheet without its margins.
        await page.setViewportSize({ width: 1046, height: 720 });
        await page.emulateMedia({ media: "print" });
        await expect(page.locator("html")).toHaveAttribute("data-printing");
        for (const control of controls) await expect(control).toHaveCount(0);
        await expect(page.locator("body")).toHaveCSS("background-color", "rgb(255, 255, 255)");
        await expect(page.getByRole(role).first().getByRole("gridcell").first()).toHaveCSS("color", "rgb(0, 0, 0)");
        const { overflow, cut } = await page.evaluate(() => {
          const frames = [...document.querySelectorAll("main table")].map((table) => table.parentElement!);
          return {
            overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
            cut: frames.filter(
              (frame) =>
                frame.checkVisibility() && (frame.scrollWidth > frame.clientWidth + 1 || frame.scrollHeight > frame.clientHeight + 1),
            ).length,
          };
        });
        expect(overflow).toBe(0);
        expect(cut, "tables that are cut off").toBe(0);
        await expect(page.getByRole("banner")).toHaveText(new RegExp(`Data as of .*${address.split("?")[0]}`, "s"));
        if (address === "/resource") {
          const printed = await page.getByRole("grid", { name: "Machines" }).evaluate((table: HTMLTableElement) => table.rows.length);
          expect(printed).toBeGreaterThan(1_500);
        }
      });
    }
  });
}
