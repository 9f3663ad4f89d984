import { defineConfig } from "@playwright/test";

import type { Options } from "./e2e/fixtures.ts";

export default defineConfig<Options>({
  testDir: "e2e",
  reporter: "list",
  forbidOnly: true,
  retries: 0,
  // The tests of a worker share its server; two of them use both cores of a small machine.
  workers: 2,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  use: {
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
    ignoreHTTPSErrors: true,
    actionTimeout: 20_000,
    navigationTimeout: 30_000,
    viewport: { width: 1440, height: 900 },
    // Pictures and copies of the page for every step made the checks slower by a quarter; `--trace on` records them.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: false, sources: false },
  },
  projects: [
    { name: "pages", outputDir: "../target/e2e/pages", testDir: "e2e/pages", grepInvert: /@thorough/ },
    // Before a release.
    { name: "thorough", outputDir: "../target/e2e/thorough", testMatch: ["pages/*.spec.ts", "plant/*.spec.ts"], grep: /@thorough/ },
    // A server of their own.
    { name: "plant", outputDir: "../target/e2e/plant", testDir: "e2e/plant", grepInvert: /@thorough/ },
    { name: "outage", outputDir: "../target/e2e/outage", testMatch: "outage.spec.ts" },
    { name: "restart", outputDir: "../target/e2e/restart", testMatch: "restart.spec.ts" },
    { name: "screenshots", outputDir: "../target/e2e/screenshots", testMatch: "screenshots.spec.ts" },
  ],
});
