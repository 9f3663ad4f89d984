// `npm run e2e:restart`: an administrator restarts the worker from the operations page, through
// the supervisor and the watchdog as they are installed, while requests go on.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Locator, Page } from "@playwright/test";

import { expect, test as base } from "./fixtures.ts";
import { dataAge, expectUsable, expectUsableIn, signIn } from "./parts.ts";
import { run, serve, start } from "./server.ts";

const PASSWORD = "correct horse battery";

interface Installation {
  origin: string;
  startWatchdog(): void;
}

const test = base.extend<{ installation: Installation }>({
  installation: async ({}, use) => {
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
    run(["demo", "--seed-only", "--data-dir", folder], settings);
    run(["user", "add", "admin", "--role", "admin"], settings, `${PASSWORD}\n`);
    const server = await serve(settings);
    let stopWatchdog = async () => {};
    const startWatchdog = () => {
      stopWatchdog = start(["watchdog"], { ...settings, BIND_ADDR: new URL(server.origin).host }).stop;
    };
    await use({ origin: server.origin, startWatchdog });
    await stopWatchdog();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  },
  baseURL: async ({ installation }, use) => use(installation.origin),
});
test.setTimeout(240_000);

/** Sends requests one after the other, on kept and fresh connections, until it is stopped. */
function keepAsking(address: string) {
  let going = true;
  let answered = 0;
  const failures: unknown[] = [];
  const done = (async () => {
    while (going) {
      try {
        const answer = await fetch(address, { headers: answered % 2 ? { connection: "close" } : {} });
        await answer.arrayBuffer();
        if (answer.status === 200) answered += 1;
        else failures.push(answer.status);
      } catch (error) {
        failures.push(error);
      }
    }
  })();
  return {
    async stop() {
      going = false;
      await done;
      return { answered, failures };
    },
  };
}

/** Notes every level that the age of the data takes, from now on. */
async function levelsOf(age: Locator): Promise<() => Promise<string[]>> {
  const levels = await age.evaluateHandle((element) => {
    const seen: string[] = [];
    new MutationObserver(() => seen.push(element.getAttribute("data-level") ?? "")).observe(element, { attributes: true });
    return seen;
  });
  return () => levels.jsonValue();
}

const workerOf = (page: Page) =>
  page.evaluate(async () => (await (await fetch("/admin/api/worker/status")).json()).data.worker.pid as number);

test("an administrator restarts the worker, and no request is lost", async ({ page, installation }) => {
  await signIn(page, installation.origin, PASSWORD, "/admin/performance");
  const panel = page.getByRole("region", { name: "Worker", exact: true });
  const button = panel.getByRole("button");
  const confirm = page.getByRole("dialog").getByRole("button", { name: "Do it" });
  const load = keepAsking(`${installation.origin}/api/wip/overview/summary`);

  await test.step("without a watchdog the page says how to start one, and offers nothing", async () => {
    await expect(panel.getByText("mes-dashboard-watchdog")).toBeVisible();
    await expect(button).toBeDisabled();
  });

  let streams = 0;
  page.on("request", (request) => (streams += request.url().endsWith("/api/events") ? 1 : 0));
  const levels = await levelsOf(dataAge(page));

  await test.step("a restart is asked for, followed, and told when the new worker serves", async () => {
    installation.startWatchdog();
    await expect(button).toBeEnabled();
    const first = await workerOf(page);
    await button.click();
    await expectUsable(page);
    await confirm.click();
    await expect(panel.getByText("The new worker serves.")).toBeVisible({ timeout: 60_000 });
    // The old worker answers on kept connections for a moment.
    await expect.poll(() => workerOf(page)).not.toBe(first);
    await expect(panel.getByText("Cooling down")).toBeVisible();
  });

  await test.step("against the policy it needs a confirmation and a reason", async () => {
    const second = await workerOf(page);
    await button.click();
    await expect(confirm).toBeDisabled();
    await page.getByLabel(/^Reason/).fill("<b>stuck</b> 卡住了");
    await expect(confirm, "the reason alone is not enough").toBeDisabled();
    await page.getByRole("checkbox").check();
    await expectUsable(page);
    await confirm.click();
    await expect(panel.getByRole("status")).toContainText("under way");
    await expect(panel.getByText("The new worker serves.")).toBeVisible({ timeout: 60_000 });
    await expect.poll(() => workerOf(page)).not.toBe(second);
    await expect(panel.getByText("<b>stuck</b> 卡住了")).toBeVisible();
    await expectUsableIn(page, [
      [1440, "dark"],
      [390, "light"],
    ]);
  });

  await test.step("no request was lost, and the page found nothing wrong", async () => {
    const { answered, failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(answered).toBeGreaterThan(100);
    await expect.poll(() => streams, { message: "events come from the newest worker" }).toBeGreaterThanOrEqual(2);
    expect(await levels()).not.toContain("lost");
  });
});
