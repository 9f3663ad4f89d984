// `npm run e2e:outage`: PostgreSQL freezes under three open tabs and thaws again; then the server itself stops and restarts.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { loaded, openPage, startBrowser } from "./browser.mjs";
import { ready } from "./checks.mjs";
import { startPostgres } from "./postgres.mjs";

const binary = process.env.MES_DASHBOARD;
if (!binary) throw new Error("set MES_DASHBOARD to the server's binary");

/** Serves the plant of `url`; checks every second and gives up a read after two. */
async function serve(url, address, untilLoaded = true) {
  const env = {
    ...process.env,
    APP_ENV: "development",
    APP_DATABASE_URL: "sqlite::memory:",
    DATABASE_URL: url,
    BIND_ADDR: address,
    CACHE_CHECK_INTERVAL: "1",
    RESOURCE_SYNC_INTERVAL: "1",
    EQUIPMENT_STATUS_SYNC_INTERVAL: "1",
    SNAPSHOT_READ_TIMEOUT: "2",
    DB_CALL_TIMEOUT_MS: "2000",
    LOG_LEVEL: "error",
  };
  const child = spawn(binary, ["serve"], { env, stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise((done) => child.once("exit", done));
  const origin = await new Promise((found, failed) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const match = /listening on (http:\S+)/.exec(line);
      if (match) found(match[1]);
    });
    void gone.then((code) => failed(new Error(`the server ended with ${code} before it listened`)));
  });
  if (untilLoaded) await loaded(origin);
  const stop = async (signal = "SIGTERM") => {
    child.kill(signal);
    await gone;
  };
  return { origin, stop };
}

const notice = (page) => page.locator(".notice:not(.recovered)");
const total = (page) => page.locator('[data-kpi="total"] strong').innerText();

async function step(what, run) {
  const start = performance.now();
  await run();
  console.log(`ok      ${what} (${Math.round(performance.now() - start)} ms)`);
}

const postgres = await startPostgres();
const browser = await startBrowser();
let server = await serve(postgres.url, "127.0.0.1:0");
try {
  const tabs = [];
  for (const path of ["/wip-overview?", "/resource?", "/resource-history?"]) {
    const { page } = await openPage(browser.context, { language: "en" });
    await page.goto(`${server.origin}${path}`);
    await ready(page, path.slice(1, -1));
    tabs.push(page);
  }
  const requests = [];
  for (const page of tabs) page.on("request", (request) => requests.push(request.url()));

  await step("a frozen database is named on every page, with the age of the data", async () => {
    postgres.freeze();
    for (const page of tabs) {
      await notice(page).waitFor({ timeout: 30_000 });
      assert.match(await notice(page).innerText(), /MES database can't be reached|Not current/);
      await page.waitForSelector('.age[data-level="stale"]');
    }
    await tabs[0].waitForSelector('.notice[data-reason="database_unreachable"]', { timeout: 30_000 });
    assert.match(await notice(tabs[0]).innerText(), /Last current/);
  });

  await step("pages stay usable on the last data, and the notice moves nothing", async () => {
    const page = tabs[0];
    const before = await total(page);
    const place = await page.locator(".matrix").boundingBox();
    requests.length = 0;
    await page.locator('[data-kpi="run"]').click();
    await page.waitForURL(/status=RUN/);
    await page.locator(".matrix tbody td.opens").first().click();
    await page.waitForSelector(".side-panel tbody tr");
    await page.keyboard.press("Escape");
    await page.locator('[data-kpi="run"]').click();
    assert.equal(await total(page), before);
    assert.deepEqual(await page.locator(".matrix").boundingBox(), place);
    assert.deepEqual(requests, [], "an outage of the database makes no page ask more");
    if (process.env.MES_SCREENSHOTS) await page.screenshot({ path: `${process.env.MES_SCREENSHOTS}/outage-1440.png` });
  });

  await step("a query that can't be answered says so, keeps what is shown, and is not repeated without end", async () => {
    const page = tabs[2];
    const before = await page.locator('[data-kpi="ou"]').innerText();
    requests.length = 0;
    await page.getByRole("button", { name: "90 d", exact: true }).click();
    await page.locator(".toasts li, .trouble, .problem:not([hidden])").first().waitFor({ timeout: 30_000 });
    assert.equal(await page.locator('[data-kpi="ou"]').innerText(), before);
    await page.getByRole("button", { name: "Week", exact: true }).click();
    assert.equal(await page.locator('[data-kpi="ou"]').innerText(), before);
    await page.waitForTimeout(20_000);
    const asked = requests.filter((url) => url.includes("/api/snapshot/history")).length;
    console.log(`        ${asked} requests for one range in more than 20 s`);
    // The first one and at most three repeats, or one that waits for the end of a pause.
    assert.ok(asked >= 1 && asked <= 4, `${asked} requests`);
    if (process.env.MES_SCREENSHOTS) await page.screenshot({ path: `${process.env.MES_SCREENSHOTS}/history-outage-1440.png` });
  });

  await step("a thawed database is noticed by itself, and a change made meanwhile arrives", async () => {
    postgres.thaw();
    postgres.psql(
      "insert into DW_MES_LOT_V select * from DW_MES_LOT_V where lotid = 'GA261100001-A00-001'; update DW_MES_LOT_V set sys_date = now() + interval '1 minute'",
    );
    for (const page of tabs) await notice(page).waitFor({ state: "detached", timeout: 60_000 });
    // The range that was requested during the outage is shown without another click.
    const pressed = tabs[2].getByRole("button", { name: "90 d", exact: true });
    assert.equal(await pressed.getAttribute("aria-pressed"), "true");
    const first = await tabs[2].locator('input[type="date"]').first().inputValue();
    await tabs[2].locator(".hint", { hasText: first }).first().waitFor({ timeout: 60_000 });
    await tabs[2].locator('.toasts [data-state="retrying"], .trouble, .problem:not([hidden])').first().waitFor({ state: "detached" });
    await tabs[0].waitForFunction(() => document.querySelector('[data-kpi="total"] strong').textContent.replace(/\D/g, "") === "2001");
  });

  await step("a server that goes away is named with a countdown, and found again", async () => {
    requests.length = 0;
    const address = new URL(server.origin).host;
    await server.stop("SIGKILL");
    for (const page of tabs) {
      await page.waitForSelector('.notice[data-reason="offline"]', { timeout: 30_000 });
      await page.locator(".wait").waitFor();
    }
    assert.match(await notice(tabs[1]).innerText(), /Next attempt in \d+ s/);
    if (process.env.MES_SCREENSHOTS) await tabs[1].screenshot({ path: `${process.env.MES_SCREENSHOTS}/offline-1440.png` });
    // The tab that holds the stream for all tries again.
    const attempt = browser.context.waitForEvent("request", (request) => request.url().includes("/api/events"));
    await tabs[1].getByRole("button", { name: "Retry now" }).click();
    await attempt;
    server = await serve(postgres.url, address);
    for (const page of tabs) await notice(page).waitFor({ state: "detached", timeout: 90_000 });
    assert.ok(requests.length < 40, `${requests.length} requests while the server was away and came back`);
    console.log(`        ${requests.length} requests of three tabs`);
  });
  await step("tabs that open on a server without any data pause together and start by themselves", async () => {
    for (const page of tabs) await page.close();
    const address = new URL(server.origin).host;
    await server.stop("SIGKILL");
    postgres.freeze();
    server = await serve(postgres.url, address, false);
    const asked = [];
    const opened = [];
    for (const path of ["/wip-overview?", "/resource?", "/wip-overview?"]) {
      const { page } = await openPage(browser.context, { language: "en" });
      page.on("request", (request) => /\/api\/snapshot/.test(request.url()) && asked.push(request.url()));
      await page.goto(`${server.origin}${path}`);
      opened.push(page);
    }
    for (const page of opened) {
      await page.waitForSelector('.notice[data-reason="starting"]');
      await page.locator(".wait").waitFor();
    }
    if (process.env.MES_SCREENSHOTS) await opened[0].screenshot({ path: `${process.env.MES_SCREENSHOTS}/starting-1440.png` });
    await opened[0].waitForTimeout(20_000);
    console.log(`        ${asked.length} reads of three tabs in more than 20 s without data`);
    // Each tab's four first reads, their few repeats before the pause, and one probe at a time.
    assert.ok(asked.length <= 24, `${asked.length} reads`);
    postgres.thaw();
    await Promise.all([ready(opened[0], "wip-overview"), ready(opened[1], "resource"), ready(opened[2], "wip-overview")]);
  });
  console.log("6 passed, 0 failed");
} finally {
  await browser.stop();
  await server.stop();
  await postgres.stop();
}
