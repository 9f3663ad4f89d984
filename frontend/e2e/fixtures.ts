// What tests get: the demo plant, further servers on its data, and pages whose problems fail the test.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, test as base } from "@playwright/test";

import { type Demo, run, serve, type Server, type Settings, startDemo } from "./server.ts";

export { expect };

export interface Options {
  theme: "light" | "dark";
  language: "en" | "zh-TW";
}

/** Errors of the pages of a test, which fail it unless they are expected. */
export class Problems {
  private readonly seen: string[] = [];
  private readonly expected: RegExp[] = [];

  add(problem: string): void {
    this.seen.push(problem);
  }
  /** Refusals, for example, which browsers log. */
  expect(pattern: RegExp): void {
    this.expected.push(pattern);
  }
  get unexpected(): string[] {
    return this.seen.filter((problem) => !this.expected.some((pattern) => pattern.test(problem)));
  }
}

/** A server on the data of the demo. */
export interface Served extends Server {
  /** Of its user `admin`. */
  password: string;
  kill(): Promise<void>;
  /** Starts it again at its address. */
  revive(): Promise<void>;
}

interface Fixtures extends Options {
  problems: Problems;
  /** Starts a server with settings of its own on the data of the demo. Ask for it before `page`, so that the page is closed first. */
  serveDemo: (settings: Settings) => Promise<Served>;
}

export const test = base.extend<Fixtures, { demo: Demo }>({
  theme: ["light", { option: true }],
  language: ["en", { option: true }],

  demo: [
    async ({}, use) => {
      const demo = await startDemo();
      await use(demo);
      await demo.stop();
    },
    { scope: "worker", timeout: 180_000 },
  ],
  baseURL: async ({ demo }, use) => use(demo.origin),

  serveDemo: async ({ demo }, use) => {
    const stops: (() => Promise<void>)[] = [];
    await use(async (settings) => {
      test.skip(demo.folder === "", "the running server has settings of its own");
      const folder = await mkdtemp(join(tmpdir(), "mes-e2e-"));
      const env = {
        PATH: process.env.PATH,
        DATABASE_URL: `sqlite:${join(demo.folder, "plant.sqlite")}`,
        APP_DATABASE_URL: `sqlite:${join(folder, "app.sqlite")}`,
        LOG_STORE_FILE: join(folder, "log.sqlite"),
        CACHE_CHECK_INTERVAL: "1",
        ...settings,
      };
      const password = "correct horse battery";
      run(["user", "add", "admin", "--role", "admin"], { APP_ENV: "development", ...env }, `${password}\n`);
      let server = await serve(env);
      const { origin } = server;
      const stop = async () => {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
      };
      stops.push(stop);
      return {
        origin,
        password,
        stop,
        freeze: () => server.freeze(),
        thaw: () => server.thaw(),
        kill: () => server.stop("SIGKILL"),
        revive: async () => void (server = await serve({ ...env, BIND_ADDR: new URL(origin).host })),
      };
    });
    for (const stop of stops) await stop();
  },

  problems: async ({}, use) => {
    const problems = new Problems();
    await use(problems);
    expect(problems.unexpected).toEqual([]);
  },

  context: async ({ context, theme, language, problems }, use) => {
    context.on("weberror", (failure) => problems.add(`page error: ${failure.error().message}`));
    context.on("console", (message) => message.type() === "error" && problems.add(`console: ${message.text()} ${message.location().url}`));
    await context.addInitScript(
      ([chosenTheme, chosenLanguage]) => {
        // The empty page that a tab begins with has no storage.
        if (location.origin === "null") return;
        localStorage.setItem("mes.theme", chosenTheme!);
        localStorage.setItem("mes.language", chosenLanguage!);
      },
      [theme, language],
    );
    await use(context);
  },
});
