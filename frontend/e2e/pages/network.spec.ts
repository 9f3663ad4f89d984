// A page while the server is frozen, and afterwards. Timeouts pass by the page's clock, not by waiting.
import type { Page } from "@playwright/test";

import { expect, test } from "../fixtures.ts";
import { notice, ready } from "../parts.ts";

/** Without a sign for so long, the server is taken for gone, ms. */
const SILENCE_MS = 40_000;
/** The longest wait for an attempt, ms. */
const PAUSE_MS = 61_000;

/** Lets the clock of the page be set forward, for timeouts of requests too. */
async function ownClock(page: Page): Promise<void> {
  await page.clock.install();
  await page.addInitScript(() => {
    AbortSignal.timeout = (ms) => {
      const control = new AbortController();
      setTimeout(() => control.abort(new DOMException("the time is over", "TimeoutError")), ms);
      return control.signal;
    };
  });
}

/** Lets time pass until `expected` holds. */
async function until(page: Page, stepMs: number, expected: () => Promise<void>): Promise<void> {
  await expect(async () => {
    await page.clock.fastForward(stepMs);
    await expected();
  }).toPass({ intervals: [50], timeout: 30_000 });
}

test("frozen from the beginning: a page says so, and shows its data when the server answers", async ({ page }) => {
  await ownClock(page);
  let isFrozen = true;
  await page.route(/\/api\//, (route) => (isFrozen ? undefined : route.continue()));
  const stream = page.waitForRequest(/\/api\/events/);
  await page.goto("/wip-overview");
  await expect(
    page
      .getByRole("main")
      .getByText(/^Loading .*…$/)
      .first(),
  ).toBeVisible();
  await stream;
  await page.clock.fastForward(SILENCE_MS);
  await expect(notice(page)).toContainText("The server can't be reached.");
  // There is no data that could be of some time.
  await expect(notice(page)).not.toContainText("Last current");
  await expect(notice(page).getByRole("button", { name: "Retry now" })).toBeVisible();
  isFrozen = false;
  await until(page, PAUSE_MS, () => expect(notice(page)).toHaveCount(0, { timeout: 500 }));
  await ready(page, "/wip-overview");
});
