// `npm run e2e:restart`: an administrator restarts the worker from the operations page, through
// the supervisor and the watchdog as they are installed, while requests go on.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { loaded, openPage, startBrowser } from "./browser.mjs";
import { fitsAndIsAccessible, until } from "./checks.mjs";
import { signIn } from "./session.mjs";

const binary = process.env.MES_DASHBOARD;
if (!binary) throw new Error("set MES_DASHBOARD to the server's binary");
const PASSWORD = "correct horse battery";

const folder = await mkdtemp(join(tmpdir(), "mes-restart-"));
const runtime = join(folder, "run");
await mkdir(runtime);
const settings = {
  PATH: process.env.PATH,
  APP_ENV: "development",
  DATABASE_URL: `sqlite:${join(folder, "plant.sqlite")}`,
  APP_DATABASE_URL: `sqlite:${join(folder, "app.sqlite")}`,
  WATCHDOG_RUNTIME_DIR: runtime,
  WATCHDOG_CHECK_INTERVAL: "1",
  API_RATE_LIMIT_MAX_REQUESTS: "0",
  LOG_LEVEL: "error",
  LOG_STORE_FILE: join(folder, "log.sqlite"),
};

function run(args, options = {}) {
  const done = spawnSync(binary, args, { env: settings, cwd: folder, encoding: "utf8", ...options });
  assert.equal(done.status, 0, done.stderr);
}

/** A process of the product, and how to end it. */
function start(args, env = {}) {
  const child = spawn(binary, args, { env: { ...settings, ...env }, cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const gone = new Promise((done) => child.once("exit", done));
  return { child, stop: () => (child.kill("SIGTERM"), gone) };
}

async function step(what, work) {
  const begin = performance.now();
  await work();
  console.log(`ok      ${what} (${Math.round(performance.now() - begin)} ms)`);
}

run(["demo", "--seed-only", "--data-dir", folder]);
run(["user", "add", "admin", "--role", "admin"], { input: `${PASSWORD}\n` });
const server = start(["serve"], { BIND_ADDR: "127.0.0.1:0" });
const origin = await new Promise((found) => {
  createInterface({ input: server.child.stdout }).on("line", (line) => {
    const match = /listening on (http:\S+)/.exec(line);
    if (match) found(match[1]);
  });
});
await loaded(origin);
const browser = await startBrowser();
let watchdog;
try {
  const { page, problems } = await openPage(browser.context, { language: "en" });
  await signIn(page, origin, PASSWORD, "/admin/performance");
  const panel = page.getByRole("region", { name: "Worker", exact: true });
  const button = panel.locator(".buttons button");
  const served = async () =>
    page.evaluate(() => fetch("/admin/api/worker/status").then((answer) => answer.json())).then((body) => body.data.worker.pid);

  /** Requests one after the other on kept and fresh connections, until it is told to stop. */
  let going = true;
  const failures = [];
  let answered = 0;
  const load = (async () => {
    while (going) {
      try {
        const answer = await fetch(`${origin}/api/wip/overview/summary`, { headers: answered % 2 ? { connection: "close" } : {} });
        await answer.arrayBuffer();
        if (answer.status === 200) answered += 1;
        else failures.push(answer.status);
      } catch (error) {
        failures.push(error.cause?.code ?? error.message);
      }
    }
  })();

  await step("without a watchdog the page says how to start one, and offers nothing", async () => {
    await panel.locator("code", { hasText: "mes-dashboard-watchdog" }).waitFor();
    assert.ok(await button.isDisabled());
  });

  let streams = 0;
  page.on("request", (request) => (streams += request.url().endsWith("/api/events") ? 1 : 0));
  await page.evaluate(() => {
    const age = document.querySelector(".age");
    window.levels = new Set();
    new MutationObserver(() => window.levels.add(age.dataset.level)).observe(age, { attributes: true });
  });

  let first;
  await step("a restart is asked for, followed, and told when the new worker serves", async () => {
    watchdog = start(["watchdog"], { BIND_ADDR: new URL(origin).host });
    await button.and(page.locator(":enabled")).waitFor();
    first = await served();
    await button.click();
    await fitsAndIsAccessible(page, "the question for a restart");
    await page.getByRole("button", { name: "Do it" }).click();
    await panel.getByText("The new worker serves.").waitFor({ timeout: 60_000 });
    // The old worker answers on kept connections for a moment.
    await until("the new worker answers", async () => (await served()) !== first);
    await panel.locator('.badge[data-state="cooldown"]').waitFor();
  });

  await step("against the policy it needs a confirmation and a reason", async () => {
    const second = await served();
    await button.click();
    const confirm = page.getByRole("button", { name: "Do it" });
    assert.ok(await confirm.isDisabled());
    await page.getByLabel(/Reason/).fill("<b>stuck</b> 卡住了");
    assert.ok(await confirm.isDisabled(), "the reason alone is not enough");
    await page.getByRole("checkbox").check();
    await fitsAndIsAccessible(page, "the question for an override");
    await confirm.click();
    await panel.locator(".said", { hasText: "under way" }).waitFor();
    await panel.getByText("The new worker serves.").waitFor({ timeout: 60_000 });
    await until("the newest worker answers", async () => (await served()) !== second);
    await panel.getByText("<b>stuck</b> 卡住了").waitFor();
    for (const [width, theme] of [
      [1440, "dark"],
      [390, "light"],
    ]) {
      await page.setViewportSize({ width, height: 900 });
      await page.locator(".tools select").first().selectOption(theme);
      await fitsAndIsAccessible(page, `the restarts at ${width} ${theme}`);
    }
    const pictures = process.env.SCREENSHOTS;
    if (pictures) {
      await panel.scrollIntoViewIfNeeded();
      await page.screenshot({ path: join(pictures, "restart-390.png") });
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.screenshot({ path: join(pictures, "restart-1440.png") });
    }
  });

  await step("no request was lost, and the page found nothing wrong", async () => {
    going = false;
    await load;
    assert.deepEqual(failures, []);
    assert.ok(answered > 100, `${answered} answers`);
    await until("events come from the newest worker", () => streams >= 2);
    assert.ok(!(await page.evaluate(() => [...window.levels])).includes("lost"), "nobody was told that the connection is lost");
    assert.deepEqual(problems, []);
    console.log(`        ${answered} requests during two restarts`);
  });
} finally {
  await browser.stop();
  await watchdog?.stop();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
