// Time of a page that passes without waiting.
import { expect, type Page } from "@playwright/test";

/** Lets the clock of the page be set forward, for timeouts of requests too. To be called before the page is opened. */
export async function ownClock(page: Page): Promise<void> {
  await page.clock.install();
  await page.addInitScript(() => {
    AbortSignal.timeout = (ms) => {
      const control = new AbortController();
      setTimeout(() => control.abort(new DOMException("the time is over", "TimeoutError")), ms);
      return control.signal;
    };
  });
}

/** Lets time pass in steps until `expected` holds. */
export async function until(page: Page, stepMs: number, expected: () => Promise<void>): Promise<void> {
  await expect(async () => {
    await page.clock.fastForward(stepMs);
    await expected();
  }).toPass({ intervals: [50], timeout: 30_000 });
}
