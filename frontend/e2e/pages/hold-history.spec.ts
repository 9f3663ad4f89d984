import type { Page } from "@playwright/test";

import { expect, test } from "../fixtures.ts";
import { filters, numberOf, open, ready, requestsDuring } from "../parts.ts";

const list = (page: Page) => page.getByRole("region", { name: "Holds", exact: true });
const listed = (page: Page) => numberOf(list(page).getByRole("status").first());
const figure = (page: Page, name: string) =>
  numberOf(page.getByRole("list", { name: "Holds of the range" }).getByRole("group", { name, exact: true }).getByRole("strong"));

/** The address of the page is a query of the API. */
async function held(page: Page) {
  const query = new URL(page.url()).searchParams;
  const answer = await page.request.get(`/api/hold-history/overview?${query}`);
  return (await answer.json()).data;
}

/** Production days of the last seven that are over: the plant that moves on changes nothing of what happened in them. */
async function pastDays(page: Page): Promise<string> {
  const answer = await page.request.get("/api/production-day");
  const ranges = (await answer.json()).data.ranges as { range: string; start_date: string; end_date: string }[];
  const of = (name: string) => ranges.find(({ range }) => range === name)!;
  return `start_date=${of("last7_days").start_date}&end_date=${of("yesterday").end_date}`;
}

/** What the page shows beside what the API has. */
async function agree(page: Page): Promise<number> {
  const api = await held(page);
  expect({
    new: await figure(page, "Newly held"),
    released: await figure(page, "Released"),
    held: await figure(page, "On hold at the end"),
    repeats: await figure(page, "Repeats"),
    holds: await listed(page),
  }).toEqual({
    new: api.new.all.lots,
    released: api.released.all.lots,
    held: api.held.all.lots,
    repeats: api.repeats,
    holds: api.holds,
  });
  return api.holds;
}

test("Hold history: figures and list are those of the API, and choices cost no request", async ({ page }) => {
  await open(page, `/hold-history?${await pastDays(page)}&kind=released`);
  expect((await held(page)).trend).toHaveLength(6);
  const all = await agree(page);
  expect(all).toBeGreaterThan(0);
  const requests = await requestsDuring(page, async () => {
    await page
      .getByRole("list", { name: "Time on hold" })
      .getByRole("button", { name: /^Under 4 h/ })
      .click();
    await page.waitForURL(/duration=/);
  });
  expect(requests).toEqual([]);
  const short = await agree(page);
  expect(short).toBeGreaterThan(0);
  expect(short).toBeLessThan(all);
  await filters(page).getByText("Repeats only").click();
  await page.waitForURL(/repeats_only=true/);
  expect(await agree(page)).toBeLessThan(short);
  await page.goBack();
  await expect(page).not.toHaveURL(/repeats_only/);
  expect(await agree(page)).toBe(short);
});

test("Hold history: a day of the trend filters everything but the trend", async ({ page }) => {
  await open(page, `/hold-history?${await pastDays(page)}&kind=new`);
  const { trend } = await held(page);
  const all = await agree(page);
  const { date } = trend[2];
  await page.goto(`${page.url()}&day=${date}`);
  await ready(page, "/hold-history");
  expect((await held(page)).trend).toEqual(trend);
  const ofDay = await agree(page);
  expect(ofDay).toBeGreaterThan(0);
  expect(ofDay).toBeLessThan(all);
});

test("Hold history: a named range loads its production days", async ({ page }) => {
  await open(page, "/hold-history");
  await page.getByRole("button", { name: "Yesterday", exact: true }).click();
  await page.waitForURL(/start_date=/);
  await expect(page.getByRole("button", { name: "Yesterday", exact: true })).toHaveAttribute("aria-pressed", "true");
  await expect(async () => expect((await held(page)).trend).toHaveLength(1)).toPass();
});
