// Every page and what opens from it while the server is slow, frozen and gone: what it says, what still works, and that it becomes
// current by itself.
import type { APIRequestContext, BrowserContext, Locator, Page } from "@playwright/test";

import { ownClock, until } from "../clock.ts";
import { expect, type Served, test as base } from "../fixtures.ts";
import { closePanel, dataAge, filters, loading, notice, open, PAGES, ready, visit } from "../parts.ts";

const LANGUAGES = ["en", "zh-TW"] as const;
type Language = (typeof LANGUAGES)[number];

const SAID = {
  silent: /The server is not responding\..*keeps waiting|伺服器沒有回應。此頁會繼續等待/,
  gone: /(The server can't be reached\.|無法連線到伺服器。).*(Next attempt in \d+ s|\d+ 秒後重試)/s,
  kept: /The last good data stays on screen|畫面保留最後一份正確資料/,
  opening: /^(Loading .+…|正在載入「.+」…)$/,
  missing: /is not loaded yet, and the server can't be reached|尚未載入，且無法連線到伺服器/,
};
/** Without an answer for so long, a page that shows nothing yet says so, ms. */
const SILENT_MS = 15_000;
/** Without a sign for so long, the server is taken for gone, ms. */
const GONE_MS = 41_000;
/** A step of the clock that leaves a server time to answer, ms. */
const STEP_MS = 5_000;
/** A page that each language walks without its code: one of the other language's half. */
const WITHOUT_CODE = {
  en: { path: "/qc-gate", code: /\/assets\/QcGatePage-/ },
  "zh-TW": { path: "/dashboard", code: /\/assets\/DashboardPage-/ },
} as const;

/** What browsers log about it. */
const MISSING_CODE = /net::ERR_FAILED|Failed to fetch dynamically imported module|Unable to preload/;

/** Each language walks its half of what there is; before a release all of it. */
const halfOf = <T>(all: readonly T[], language: Language) => all.filter((_, place) => LANGUAGES[place % 2] === language);

/** With a server of its own, whose sessions outlast it. */
const test = base.extend<{ server: Served }>({
  server: async ({ serveDemo }, use) => use(await serveDemo({ SECRET_KEY: "a key of this test, and of no server elsewhere" })),
  baseURL: async ({ server }, use) => use(server.origin),
});
test.beforeEach(({ problems }) => problems.expect(/^console: Failed to load resource/));

/** An address of every page of visitors, with a lot and a machine that are there. */
async function addressesOf(request: APIRequestContext): Promise<string[]> {
  const read = async (path: string) => (await (await request.get(path)).json()).data;
  const [machine] = await read("/api/resource/status");
  const { items } = await read("/api/wip/overview/hold");
  const { lots } = await read(`/api/wip/hold-detail/lots?per_page=1&reason=${encodeURIComponent(items[0].reason)}`);
  const encoded = encodeURIComponent;
  return [...PAGES, `/lot/${encoded(lots[0].lotId)}`, `/equipment/${encoded(machine.RESOURCEID)}`];
}

/** Signs in as administrator; the paths of all pages and their names in the navigation. */
async function signInForAll(page: Page, { origin, password }: Served, language: Language): Promise<Map<string, string>> {
  const answer = await page.request.post("/api/session", { data: { username: "admin", password }, headers: { origin } });
  expect(answer.status(), await answer.text()).toBe(200);
  const { drawers } = (await (await page.request.get("/api/pages")).json()).data as {
    drawers: { pages: { path: string; name: Record<Language, string> }[] }[];
  };
  return new Map(drawers.flatMap(({ pages }) => pages).map(({ path, name }) => [path, name[language]]));
}

const main = (page: Page) => page.getByRole("main");
const title = (page: Page) => main(page).getByRole("heading", { level: 1 });

async function openAll(context: BrowserContext, addresses: readonly string[]): Promise<Page[]> {
  const tabs: Page[] = [];
  for (const address of addresses) {
    const tab = await context.newPage();
    await tab.goto(address, { waitUntil: "commit" });
    tabs.push(tab);
  }
  return tabs;
}

/**
 * Opens a tab of each address, with its code and without its engine, which comes when the function that is returned is called:
 * as it was read before, in the first tab from the server.
 */
async function openHeld(context: BrowserContext, addresses: readonly string[]): Promise<{ tabs: Page[]; release: () => void }> {
  let release = () => {};
  const released = new Promise<void>((done) => (release = done));
  const isEngine = /\.wasm$/;
  let engine: Promise<Buffer> | undefined;
  await context.route(isEngine, async (route) => {
    engine ??= route.fetch().then((response) => response.body());
    const body = await engine;
    await released;
    await route.fulfill({ contentType: "application/wasm", body });
  });
  const first = await context.newPage();
  await first.route(isEngine, async (route) => {
    await released;
    await route.continue();
  });
  await first.goto(addresses[0]!, { waitUntil: "commit" });
  const tabs = [first, ...(await openAll(context, addresses.slice(1)))];
  for (const tab of tabs) await expect(title(tab), tab.url()).toBeVisible();
  await engine;
  return { tabs, release };
}

/** Each shows its title and says what it waits for. */
async function expectWaiting(tabs: readonly Page[]): Promise<void> {
  for (const tab of tabs) {
    await expect(title(tab), tab.url()).toBeVisible();
    await expect(loading(main(tab)).first(), tab.url()).toBeVisible();
  }
}

/** Each shows its data, and nothing is wrong. */
async function expectReady(tabs: readonly Page[]): Promise<void> {
  for (const tab of tabs) {
    await ready(tab, new URL(tab.url()).pathname);
    await expect(notice(tab), tab.url()).toHaveCount(0);
    await expect(main(tab).getByRole("alert"), tab.url()).toHaveCount(0);
  }
}

async function walkSlow(context: BrowserContext, addresses: readonly string[]): Promise<void> {
  let answer = () => {};
  const wait = new Promise<void>((done) => (answer = done));
  await context.route(/\/api\/(?!events)/, async (route) => {
    await wait;
    await new Promise((done) => setTimeout(done, 1_000));
    await route.continue();
  });
  const tabs = await openAll(context, addresses);
  await expectWaiting(tabs);
  answer();
  await expectReady(tabs);
  for (const tab of tabs) await expectDetails(tab, (part) => expect(loading(part), tab.url()).toHaveCount(0));
}

async function walkFresh(context: BrowserContext, server: Served, addresses: readonly string[]): Promise<void> {
  const { tabs, release } = await openHeld(context, addresses);
  server.freeze();
  release();
  await expectWaiting(tabs);
  for (const tab of tabs) {
    await expect(notice(tab), tab.url()).toHaveText(SAID.silent, { timeout: SILENT_MS });
    await expect(notice(tab), "there is no data to keep").not.toHaveText(SAID.kept);
  }
  server.thaw();
  await expectReady(tabs);
}

/** Figures and cells that a part shows. */
const numbers = (part: Locator) => part.getByRole("strong").or(part.getByRole("gridcell")).or(part.getByRole("definition")).allInnerTexts();

/** Whether a part says that it waits for something of the server, or that it could not have it. */
async function asks(part: Locator): Promise<boolean> {
  return (await loading(part).or(part.locator("[aria-busy=true]")).or(part.getByRole("alert")).count()) > 0;
}

/** A part shows its numbers, or says what it waits for. */
async function expectTold(part: Locator, what: string): Promise<void> {
  await expect.poll(async () => (await asks(part)) || (await numbers(part)).length > 0, what).toBe(true);
}

/** A filter that is chosen and taken back is followed, unless the page has to ask for what passes. */
async function expectFiltered(page: Page): Promise<void> {
  const bar = filters(page);
  const list = bar.getByRole("combobox").and(page.locator("[aria-autocomplete]")).first();
  if ((await list.count()) === 0) return;
  const [address, before] = [page.url(), await numbers(main(page))];
  await list.click();
  const choice = page.getByRole("listbox").getByRole("option").first();
  // A page that could not load anything yet has nothing to choose from.
  if ((await asks(main(page))) && (await choice.count()) === 0) return page.keyboard.press("Escape");
  await choice.click();
  await page.keyboard.press("Escape");
  await expect(page).not.toHaveURL(address);
  if (!(await asks(main(page)))) await expect.poll(() => numbers(main(page)), address).not.toEqual(before);
  await bar.getByRole("button", { name: /^(Clear all|全部清除)$/ }).click();
  await expect(page).toHaveURL(address);
  if (!(await asks(main(page)))) await expect.poll(() => numbers(main(page)), address).toEqual(before);
}

/** What the first row of the last table that opens something leads to, and the page that its panel leads to, are told. */
async function expectDetails(page: Page, told: (part: Locator) => Promise<void>): Promise<void> {
  const opening = main(page).locator("[role=grid]:has(tr.opens)").last().locator("tr.opens").first();
  if ((await opening.count()) === 0) return;
  const [address, panel] = [page.url(), page.getByRole("dialog")];
  await opening.getByRole("rowheader").click();
  await expect(page).not.toHaveURL(address);
  if ((await panel.count()) > 0) {
    await told(panel);
    const whole = panel.locator("a[href*='/lot/'], a[href*='/equipment/']").first();
    if ((await whole.count()) > 0) {
      await whole.click();
      await expect(page).toHaveURL(/\/(lot|equipment)\//);
      await expect(title(page)).toBeVisible();
      await told(main(page));
      await page.goBack();
      await expect(panel).toBeVisible();
    }
    await closePanel(page);
  } else await told(main(page));
}

/** Goes from page to page by links: each opens with its data or says what it waits for, filters work, and details open. */
async function expectUsableAway(page: Page, names: Map<string, string>, paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    await test.step(path, async () => {
      await visit(page, names.get(path)!);
      await expect(page).toHaveURL((url) => url.pathname === path);
      await expect(title(page)).toBeVisible();
      await expectTold(main(page), path);
      await expectFiltered(page);
      await expectDetails(page, (part) => expectTold(part, page.url()));
    });
  }
}

/** A link to a page whose code is not there leaves the page as it is, and says so. */
async function expectMissingTold(page: Page, name: string, told: (missing: Locator) => Promise<void>): Promise<void> {
  const address = page.url();
  await visit(page, name);
  const missing = page.getByRole("alert").filter({ hasText: SAID.missing });
  await told(missing);
  await expect(missing).toContainText(name);
  await expect(page).toHaveURL(address);
}

async function walkOpen(page: Page, server: Served, language: Language, choose: <T>(all: readonly T[]) => T[]): Promise<void> {
  const { path: absent, code } = WITHOUT_CODE[language];
  await page.route(code, (route) => route.abort());
  await ownClock(page);
  const names = await signInForAll(page, server, language);
  const paths = choose([...names.keys()]).filter((path) => path !== absent);
  // It has no charts: their code comes last of what is fetched ahead.
  const ahead = page.waitForResponse(/\/ChartFrame-[^/]+\.js/);
  await open(page, "/wip-detail");
  await (await ahead).finished();

  await test.step("frozen: what waits for an answer says that none comes, then all is told, and what was loaded stays usable", async () => {
    server.freeze();
    await visit(page, names.get("/job-query")!);
    await expect(loading(main(page)).first()).toBeVisible();
    await until(page, 2_000, () => expect(notice(page)).toHaveText(SAID.silent, { timeout: 100 }));
    await expectMissingTold(page, names.get(absent)!, async (missing) => {
      await until(page, 500, () => expect(page.getByRole("status").filter({ hasText: SAID.opening })).toBeVisible({ timeout: 100 }));
      await until(page, STEP_MS, () => expect(missing).toBeVisible({ timeout: 100 }));
    });
    await expectUsableAway(page, names, paths);
    await until(page, GONE_MS, () => expect(notice(page)).toHaveText(SAID.gone, { timeout: 500 }));
    await expect(notice(page)).toHaveText(SAID.kept);
    await expect(dataAge(page)).toHaveAttribute("data-level", "lost");
  });
  await test.step("thawed: the page becomes current by itself", async () => {
    server.thaw();
    await until(page, STEP_MS, () => expect(notice(page)).toHaveCount(0, { timeout: 1_000 }));
    await expectReady([page]);
  });
  await test.step("gone: all is told, what was loaded stays usable", async () => {
    await server.kill();
    await expect(notice(page)).toHaveText(SAID.gone);
    await expectMissingTold(page, names.get(absent)!, (missing) => expect(missing).toBeVisible());
    await expectUsableAway(page, names, paths);
    await expect(notice(page)).toHaveText(SAID.kept);
    await until(page, STEP_MS, () => expect(loading(main(page)), "nothing loads without end").toHaveCount(0, { timeout: 100 }));
  });
  await test.step("back: the page becomes current by itself", async () => {
    await server.revive();
    await until(page, STEP_MS, () => expect(notice(page)).toHaveCount(0, { timeout: 1_000 }));
    await expectReady([page]);
  });
}

for (const language of LANGUAGES) {
  test.describe(language, () => {
    base.use({ language });

    base("pages that open on a slow server say what they load", async ({ context, request }) => {
      await walkSlow(context, halfOf(await addressesOf(request), language));
    });
    test("pages that open on a frozen server say so", async ({ context, server, request }) => {
      await walkFresh(context, server, halfOf(await addressesOf(request), language));
    });
    test("an open page is told of a server that freezes or goes, and stays usable", async ({ page, server, problems }) => {
      problems.expect(MISSING_CODE);
      await walkOpen(page, server, language, (all) => halfOf(all, language));
    });

    test.describe("all pages", { tag: "@thorough" }, () => {
      test.setTimeout(300_000);

      base("on a slow server", async ({ context, request }) => walkSlow(context, await addressesOf(request)));
      test("on a frozen server", async ({ context, server, request }) => walkFresh(context, server, await addressesOf(request)));
      test("under an open page", async ({ page, server, problems }) => {
        problems.expect(MISSING_CODE);
        await walkOpen(page, server, language, (all) => [...all]);
      });
    });
  });
}
