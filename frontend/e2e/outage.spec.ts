// `npm run e2e:outage`: PostgreSQL freezes under open tabs and thaws again; the server goes away and
// comes back, with data and without.
import type { BrowserContext, Page } from "@playwright/test";

import { expect, test as base } from "./fixtures.ts";
import { dataAge, figure, lots, notice, open, ready, rows } from "./parts.ts";
import { type Postgres, startPostgres } from "./postgres.ts";
import { serve, type Server } from "./server.ts";

/** A server that checks its tables every second and gives up a read after two. */
class Plant {
  private constructor(
    readonly postgres: Postgres,
    private server: Server,
  ) {}

  private static settings(postgres: Postgres) {
    return {
      ...process.env,
      APP_DATABASE_URL: "sqlite::memory:",
      DATABASE_URL: postgres.url,
      CACHE_CHECK_INTERVAL: "1",
      RESOURCE_SYNC_INTERVAL: "1",
      EQUIPMENT_STATUS_SYNC_INTERVAL: "1",
      SNAPSHOT_READ_TIMEOUT: "2",
      DB_CALL_TIMEOUT_MS: "2000",
    };
  }
  static async start(): Promise<Plant> {
    const postgres = await startPostgres();
    return new Plant(postgres, await serve(Plant.settings(postgres)));
  }
  get origin(): string {
    return this.server.origin;
  }
  async kill(): Promise<void> {
    await this.server.stop("SIGKILL");
  }
  /** At the address that it had. */
  async revive(options?: { untilLoaded: boolean }): Promise<void> {
    this.server = await serve({ ...Plant.settings(this.postgres), BIND_ADDR: new URL(this.origin).host }, options);
  }
  async stop(): Promise<void> {
    await this.server.stop();
    await this.postgres.stop();
  }
}

const test = base.extend<{ plant: Plant }>({
  plant: async ({}, use) => {
    const plant = await Plant.start();
    await use(plant);
    await plant.stop();
  },
  baseURL: async ({ plant }, use) => use(plant.origin),
});
test.setTimeout(240_000);
test.beforeEach(({ problems }) => problems.expect(/^console: Failed to load resource/));

/** A tab of each page. */
async function openTabs(context: BrowserContext, paths: string[]): Promise<Page[]> {
  const tabs: Page[] = [];
  for (const path of paths) {
    const tab = await context.newPage();
    await open(tab, path);
    tabs.push(tab);
  }
  return tabs;
}

function requestsOf(context: BrowserContext, of: RegExp): string[] {
  const seen: string[] = [];
  context.on("request", (request) => of.test(request.url()) && seen.push(request.url()));
  return seen;
}

test("a database that freezes is named on every page, takes nothing away, and is noticed when it thaws", async ({ context, plant }) => {
  const [wip, resource, history] = (await openTabs(context, ["/wip-overview", "/resource", "/resource-history"])) as [Page, Page, Page];
  const tabs = [wip, resource, history];
  const requests = requestsOf(context, /\/api\//);

  await test.step("it is named on every page, with the age of the data", async () => {
    plant.postgres.freeze();
    for (const tab of tabs) {
      await expect(notice(tab)).toHaveText(/MES database can't be reached|Not current/, { timeout: 30_000 });
      await expect(dataAge(tab)).toHaveAttribute("data-level", "stale");
    }
    await expect(notice(wip)).toContainText("The MES database can't be reached", { timeout: 30_000 });
    await expect(notice(wip)).toContainText("Last current");
  });

  await test.step("pages stay usable on the last data, and the notice moves nothing", async () => {
    const before = await lots(wip, "Total lots");
    const matrix = wip.getByRole("grid", { name: "Workcenter × package" });
    const place = await matrix.boundingBox();
    requests.length = 0;
    await figure(wip, "Running").click();
    await wip.waitForURL(/status=RUN/);
    await rows(matrix).first().getByRole("gridcell").filter({ hasText: /\d/ }).nth(1).click();
    await expect(rows(wip.getByRole("dialog").getByRole("grid")).first()).toBeVisible();
    await wip.keyboard.press("Escape");
    await figure(wip, "Running").click();
    await expect.poll(() => lots(wip, "Total lots")).toBe(before);
    expect(await matrix.boundingBox()).toEqual(place);
    expect(requests, "an outage of the database makes no page ask more").toEqual([]);
  });

  const ninety = history.getByRole("button", { name: "90 d", exact: true });
  const unanswered = history
    .getByRole("log", { name: "Requests" })
    .getByRole("listitem")
    .or(history.getByText("The database can't be asked now"))
    .or(history.getByRole("main").getByRole("alert").filter({ hasText: "Loading failed" }));
  await test.step("a query that can't be answered says so, keeps what is shown, and is not repeated without end", async () => {
    const ou = history.getByRole("group", { name: "OU %" });
    const before = await ou.innerText();
    requests.length = 0;
    await ninety.click();
    await expect(unanswered.first()).toBeVisible({ timeout: 30_000 });
    expect(await ou.innerText()).toBe(before);
    await history.getByRole("button", { name: "Week", exact: true }).click();
    expect(await ou.innerText()).toBe(before);
    // As long as repeats would come.
    await history.waitForTimeout(20_000);
    const asked = requests.filter((url) => url.includes("/api/snapshot/history")).length;
    // The first one and at most three repeats, or one that waits for the end of a pause.
    expect(asked).toBeGreaterThanOrEqual(1);
    expect(asked).toBeLessThanOrEqual(4);
  });

  await test.step("a thawed database is noticed by itself, and a change made meanwhile arrives", async () => {
    plant.postgres.thaw();
    plant.postgres.psql(
      "insert into DW_MES_LOT_V select * from DW_MES_LOT_V where lotid = 'GA261100001-A00-001'; update DW_MES_LOT_V set sys_date = now() + interval '1 minute'",
    );
    for (const tab of tabs) await expect(notice(tab)).toHaveCount(0, { timeout: 60_000 });
    // The range that was asked for meanwhile is shown without another click.
    await expect(ninety).toHaveAttribute("aria-pressed", "true");
    const first = await history.getByLabel("From").inputValue();
    const trend = history.getByRole("region", { name: "States and OU % over time" });
    await expect(trend.getByRole("status").first()).toContainText(first, { timeout: 60_000 });
    await expect(unanswered.filter({ hasNotText: "worked after all" })).toHaveCount(0);
    await expect.poll(() => lots(wip, "Total lots")).toBe(2001);
  });
});

test("a server that goes away is named with a countdown, and found again", async ({ context, plant }) => {
  const tabs = await openTabs(context, ["/wip-overview", "/resource", "/resource-history"]);
  const requests = requestsOf(context, /\/api\//);
  await plant.kill();
  for (const tab of tabs)
    await expect(notice(tab)).toHaveText(/The server can't be reached\..*Next attempt in \d+ s/s, { timeout: 30_000 });
  // The tab that holds the stream for all tries again.
  const attempt = context.waitForEvent("request", (request) => request.url().includes("/api/events"));
  await notice(tabs[1]!).getByRole("button", { name: "Retry now" }).click();
  await attempt;
  await plant.revive();
  for (const tab of tabs) await expect(notice(tab)).toHaveCount(0, { timeout: 90_000 });
  expect(requests.length, "requests while the server was away and came back").toBeLessThan(40);
});

test("tabs that open on a server without any data pause together and start by themselves", async ({ context, plant }) => {
  await plant.kill();
  plant.postgres.freeze();
  await plant.revive({ untilLoaded: false });
  const asked = requestsOf(context, /\/api\/snapshot/);
  const paths = ["/wip-overview", "/resource", "/wip-overview"];
  const tabs: Page[] = [];
  for (const path of paths) {
    const tab = await context.newPage();
    await tab.goto(path);
    tabs.push(tab);
  }
  // The reason is not known before the first probe of the database has ended.
  const reasons = /(The server is starting|The MES database can't be reached).*Next attempt in \d+ s/s;
  for (const tab of tabs) await expect(notice(tab)).toHaveText(reasons, { timeout: 30_000 });
  // As long as repeats would come.
  await tabs[0]!.waitForTimeout(20_000);
  // Each tab's four first reads, their few repeats before the pause, and one probe at a time.
  expect(asked.length).toBeLessThanOrEqual(24);
  plant.postgres.thaw();
  for (const tab of tabs) await expect(notice(tab)).toHaveCount(0, { timeout: 60_000 });
  await Promise.all(tabs.map((tab, place) => ready(tab, paths[place]!)));
});
