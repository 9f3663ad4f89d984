// Many tabs, servers that are away, proxies that hold back, scanners, forbidden storage, paper.
import assert from "node:assert/strict";

import { openPage, startServer } from "./browser.mjs";
import { fitsAndIsAccessible, ready, until } from "./checks.mjs";

const level = (page) => page.locator(".age").getAttribute("data-level");
const asOf = (page) => page.locator(".age .when").innerText();
const link = (page, name) => page.locator("nav").getByRole("link", { name, exact: true });

/** All code of pages is there. */
async function warmed(page) {
  const loaded = () =>
    page.evaluate(
      () => performance.getEntriesByType("resource").filter((entry) => /(Page|WipOverview|EChart)-[^/]*\.js$/.test(entry.name)).length,
    );
  await until("all pages are fetched ahead", async () => (await loaded()) >= 9, 60_000);
}

export const surroundingsChecks = {
  async "Tabs: eight of them share one stream, stay current and open other pages"(context, origin) {
    const streams = new Set();
    const listen = (request) => request.url().endsWith("/api/events") && streams.add(request);
    context.on("request", listen);
    const tabs = [];
    for (let n = 0; n < 8; n += 1) {
      const { page } = await openPage(context, { language: "en" });
      await page.goto(`${origin}/wip-overview`);
      tabs.push(page);
    }
    for (const page of tabs) await ready(page, "wip-overview");
    assert.ok(streams.size <= 2, `${streams.size} streams`);
    const before = await Promise.all(tabs.map(asOf));
    for (const [n, page] of tabs.entries()) {
      await until(`a newer version in tab ${n}`, async () => (await asOf(page)) > before[n] && (await level(page)) === "live", 30_000);
      await link(page, "Equipment").click();
    }
    for (const page of tabs) await page.waitForSelector(".tree tbody tr");
    // The first tab had the stream.
    await tabs[0].close();
    const after = await Promise.all(tabs.slice(1).map(asOf));
    for (const [n, page] of tabs.slice(1).entries()) {
      await link(page, "WIP overview").click();
      await until(`a newer version in tab ${n + 1}`, async () => (await asOf(page)) > after[n] && (await level(page)) === "live", 40_000);
      await page.close();
    }
    context.off("request", listen);
  },

  async "Away: every page opens while the server is away, and says what is missing"(context, origin) {
    const { page, problems } = await openPage(context, { language: "en" });
    await page.goto(`${origin}/wip-overview`);
    await ready(page, "wip-overview");
    await warmed(page);
    await context.setOffline(true);
    try {
      await link(page, "Equipment").click();
      await page.waitForSelector(".tree tbody tr");
      await link(page, "Equipment history").click();
      await page.getByRole("heading", { name: "Equipment history" }).waitFor();
      await link(page, "QC gate").click();
      await page.getByRole("heading", { name: "QC gate", exact: true }).waitFor();
      await link(page, "WIP overview").click();
      await page.waitForSelector(".matrix tbody tr");
    } finally {
      await context.setOffline(false);
    }
    assert.deepEqual(
      problems.filter((problem) => problem.startsWith("page error")),
      [],
    );
    await page.close();
  },

  async "Away: a page whose code can't be had is told, and opened when it can"(context, origin) {
    const { page } = await openPage(context, { language: "en" });
    let isAway = true;
    await page.route(/\/assets\/ResourcePage-/, (route) => (isAway ? route.abort() : route.continue()));
    await page.route(
      (url) => url.pathname === "/",
      (route) => (isAway ? route.abort() : route.continue()),
    );
    await page.goto(`${origin}/wip-overview?package=none`);
    await page.locator(".age").waitFor();
    await link(page, "Equipment").click();
    await page.locator('.upgrade[data-why="offline"]').waitFor();
    assert.match(page.url(), /wip-overview\?package=none/);
    await fitsAndIsAccessible(page, "a page that can't be opened");
    isAway = false;
    await page.locator('.upgrade[data-why="offline"]').getByRole("button", { name: "Try again" }).click();
    await page.waitForSelector(".tree tbody tr");
    await page.close();
  },

  async "Withheld: announcements that don't arrive are replaced by questions, and come back"(context, origin) {
    const { page } = await openPage(context, { language: "en" });
    let isHeld = true;
    await page.route("**/api/events", (route) => (isHeld ? route.fulfill({ status: 403, body: "no" }) : route.continue()));
    await page.goto(`${origin}/wip-overview`);
    await page.waitForSelector('.age[data-level="asking"]', { timeout: 60_000 });
    await page.locator('.notice[data-reason="withheld"]').waitFor();
    const before = await asOf(page);
    await until("newer data without announcements", async () => (await asOf(page)) > before, 60_000);
    assert.notEqual(await level(page), "live");
    isHeld = false;
    await page.locator(".notice").getByRole("button", { name: "Retry now" }).click();
    await until("announcements again", async () => (await level(page)) === "live", 60_000);
    await page.close();
  },

  async "Scanner: what it types goes to the search and changes nothing else"(context, origin) {
    const { page } = await openPage(context, { language: "en" });
    await page.goto(`${origin}/resource`);
    await ready(page, "resource");
    await page.locator(".tools select").nth(1).focus();
    // As one task: a scanner is faster than a test can send keys on a busy machine.
    await page.evaluate(() => {
      for (const key of [..."tl-GA2611", "Enter"])
        document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    });
    await page.waitForURL(/\/wip-overview\?lotid=tl-GA2611/);
    assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "light");
    await page.close();
  },

  async "Storage: a browser that forbids it shows everything"(context, origin) {
    const { page, problems } = await openPage(context, { language: "en" });
    await page.addInitScript(() => {
      for (const name of ["localStorage", "sessionStorage", "indexedDB"]) {
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException("denied", "SecurityError");
          },
        });
      }
      delete window.BroadcastChannel;
    });
    await page.goto(`${origin}/wip-overview`);
    await ready(page, "wip-overview");
    await page.locator(".tools select").first().selectOption("dark");
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    assert.deepEqual(
      problems.filter((problem) => problem.startsWith("page error") && !/denied/.test(problem)),
      [],
    );
    await page.close();
  },

  async "Names: a group of 40 letters leaves room for the numbers of its row on a phone"(context, origin) {
    const { page } = await openPage(context, { width: 390, height: 844, language: "en" });
    for (const [path, table] of [
      ["/wip-overview", ".matrix"],
      ["/resource", ".tree"],
      ["/resource-history", ".tree"],
    ]) {
      await page.goto(`${origin}${path}`);
      await ready(page, path.slice(1));
      const seen = await page.evaluate((selector) => {
        const [name, ...figures] = document.querySelector(`${selector} tbody tr`).children;
        const walker = document.createTreeWalker(name, NodeFilter.SHOW_TEXT);
        let label;
        while (walker.nextNode()) if (walker.currentNode.data.trim() !== "") label = walker.currentNode;
        label.data = "Wire bonding of the lead frames, area 12E";
        const { left, right } = name.getBoundingClientRect();
        return {
          named: label.data.length >= 40,
          width: right - left,
          figures: figures.filter(
            (cell) => cell.getBoundingClientRect().left >= right - 1 && cell.getBoundingClientRect().right <= innerWidth,
          ).length,
        };
      }, table);
      assert.ok(seen.named && seen.width <= 0.45 * 390 && seen.figures >= 1, `${path}: ${JSON.stringify(seen)}`);
    }
    await page.close();
  },

  async "Below a path: pages, files, data and links stay there"(context) {
    // It must be ours.
    if (process.env.MES_BASE_URL) return;
    const server = await startServer({ BASE_PATH: "/plant/mes" });
    try {
      const { page, problems } = await openPage(context, { language: "en" });
      const outside = [];
      page.on("request", (request) => new URL(request.url()).pathname.startsWith("/plant/mes/") || outside.push(request.url()));
      await page.goto(`${server.origin}/plant/mes/wip-overview`);
      await ready(page, "wip-overview");
      await link(page, "Equipment").click();
      await page.waitForURL(`${server.origin}/plant/mes/resource`);
      await ready(page, "resource");
      await page.reload();
      await ready(page, "resource");
      await page.goBack();
      await ready(page, "wip-overview");
      assert.deepEqual({ outside, problems }, { outside: [], problems: [] });
      await page.close();
    } finally {
      await server.stop();
    }
  },

  async "Paper: pages are whole, without controls, black on white"(context, origin) {
    for (const theme of ["light", "dark"]) {
      const { page } = await openPage(context, { language: "en", theme });
      for (const [path, table] of [
        ["/wip-overview?packages=all", ".matrix"],
        ["/resource", ".tree"],
      ]) {
        await page.goto(`${origin}${path}`);
        await ready(page, path.slice(1).split("?")[0]);
        // The width of a sheet without its margins.
        await page.setViewportSize({ width: 1046, height: 720 });
        await page.emulateMedia({ media: "print" });
        await page.waitForSelector(":root[data-printing]");
        const found = await page.evaluate((selector) => {
          const style = (query) => getComputedStyle(document.querySelector(query));
          return {
            width: document.documentElement.scrollWidth - document.documentElement.clientWidth,
            cut: [...document.querySelectorAll(".scroll, .frame")]
              .filter((frame) => frame.scrollWidth > frame.clientWidth + 1 || frame.scrollHeight > frame.clientHeight + 1)
              .map((frame) => frame.className),
            paper: style("body").backgroundColor,
            ink: style(`${selector} tbody td`).color,
            controls: [...document.querySelectorAll(".filters .field, .bar, .export")].filter((part) => part.checkVisibility()).length,
            head: document.querySelector(".print-only").innerText,
            machines: document.querySelectorAll(".list tbody tr").length,
          };
        }, table);
        assert.deepEqual(
          { ...found, head: undefined, machines: undefined },
          { width: 0, cut: [], paper: "rgb(255, 255, 255)", ink: "rgb(0, 0, 0)", controls: 0, head: undefined, machines: undefined },
          `${path} ${theme}`,
        );
        assert.match(found.head, new RegExp(`Data as of .*${path.split("?")[0]}`, "s"));
        if (path === "/resource") assert.ok(found.machines > 1_500, `${found.machines} machines on paper`);
        if (process.env.MES_SCREENSHOTS)
          await page.pdf({
            path: `${process.env.MES_SCREENSHOTS}/print${path.split("?")[0].replaceAll("/", "-")}-${theme}.pdf`,
            preferCSSPageSize: true,
          });
        await page.emulateMedia({ media: "screen" });
      }
      await page.close();
    }
  },
};
