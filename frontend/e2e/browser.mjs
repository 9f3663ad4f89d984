// Chromium and the demo server for the browser runs.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

/** Waits until the server has read its tables; before that it answers 503, which browsers log. */
export async function loaded(origin) {
  const giveUpAt = Date.now() + 60_000;
  while (!(await fetch(`${origin}/readyz`)).ok) {
    if (Date.now() > giveUpAt) throw new Error("the plant was not loaded within a minute");
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Starts the demo on a free port, unless MES_BASE_URL names a running server; `settings` are added to its environment and `password` is its administrator's. */
export async function startServer(settings = {}) {
  if (process.env.MES_BASE_URL) return { origin: process.env.MES_BASE_URL, password: process.env.MES_ADMIN_PASSWORD, stop: async () => {} };
  const binary = process.env.MES_DASHBOARD;
  if (!binary) throw new Error("set MES_DASHBOARD to the server's binary or MES_BASE_URL to a running server");
  const folder = await mkdtemp(join(tmpdir(), "mes-e2e-"));
  const child = spawn(binary, ["demo", "--port", "0", "--tick-ms", "1000", "--data-dir", folder], {
    env: { ...process.env, ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise((done) => child.once("exit", done));
  let password;
  const origin = await new Promise((found, failed) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      password = / with the password (\S+)/.exec(line)?.[1] ?? password;
      const match = /listening on (http:\S+)/.exec(line);
      if (match) found(match[1]);
    });
    void gone.then((code) => failed(new Error(`the demo ended with ${code} before it listened`)));
  });
  await loaded(origin);
  const stop = async () => {
    child.kill("SIGTERM");
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
  return { origin, password, stop };
}

/** A browser with an empty profile. */
export async function startBrowser() {
  const profile = await mkdtemp(join(tmpdir(), "mes-chromium-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    headless: true,
    ignoreHTTPSErrors: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const stop = async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { context, stop };
}

/** A page at `width` with a theme and a language chosen before it loads; collects what goes wrong on it. */
export async function openPage(context, { width = 1440, height = 900, theme = "light", language = "zh-TW" } = {}) {
  const page = await context.newPage();
  await page.setViewportSize({ width, height });
  await page.addInitScript(
    ([chosenTheme, chosenLanguage]) => {
      localStorage.setItem("mes.theme", chosenTheme);
      localStorage.setItem("mes.language", chosenLanguage);
    },
    [theme, language],
  );
  const problems = [];
  page.on("pageerror", (error) => problems.push(`page error: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && problems.push(`console: ${message.text()}`));
  return { page, problems };
}
