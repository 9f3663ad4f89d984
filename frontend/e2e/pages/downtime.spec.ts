import { readFile } from "node:fs/promises";

import type { Page } from "@playwright/test";

import { expect, test } from "../fixtures.ts";
import { filters, numberOf, open, ready, requestsDuring, rows } from "../parts.ts";

const list = (page: Page) => page.getByRole("region", { name: "Downtimes", exact: true });
const listed = (page: Page) => numberOf(list(page).getByRole("status").first());
const figure = (page: Page, name: string) =>
  page.getByRole("list", { name: "Downtimes of the range" }).getByRole("group", { name, exact: true }).getByRole("strong");
/** Null where the page shows a dash. */
async function shown(page: Page, name: string): Promise<number | null> {
  const digits = (await figure(page, name).innerText()).replace(/[^\d.]/g, "");
  return digits === "" ? null : Number(digits);
}

/** The address of the page is a query of the API. */
async function api(page: Page, what: string, more: Record<string, string> = {}) {
  const query = new URL(page.url()).searchParams;
  query.delete("compare");
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  const answer = await page.request.get(`/api/downtime/${what}?${query}`);
  return (await answer.json()).data;
}

/** Days that are over: the plant that moves on changes nothing of what happened in them. */
async function pastDays(page: Page, days: number): Promise<string> {
  const answer = await page.request.get("/api/production-day");
  const ranges = (await answer.json()).data.ranges as { range: string; end_date: string }[];
  const end = new Date(ranges.find(({ range }) => range === "yesterday")!.end_date);
  const start = new Date(end.getTime() - (days - 1) * 86_400_000);
  return `start_date=${start.toISOString().slice(0, 10)}&end_date=${end.toISOString().slice(0, 10)}`;
}

/** What the page shows beside what the API has. */
async function agree(page: Page): Promise<number> {
  const { figures } = await api(page, "summary");
  const { total } = await api(page, "events", { per_page: "1" });
  expect({
    events: await shown(page, "Downtimes"),
    failures: await shown(page, "Failures (UDT)"),
    hours: await shown(page, "Hours down"),
    mttr: await shown(page, "MTTR"),
    mtbf: await shown(page, "MTBF"),
    availability: await shown(page, "Availability"),
    uptime: await shown(page, "Uptime"),
    listed: await listed(page),
  }).toEqual({
    events: figures.events,
    failures: figures.failures,
    hours: figures.down_hours,
    mttr: figures.mttr_hours,
    mtbf: figures.mtbf_hours,
    availability: figures.availability_pct,
    uptime: figures.uptime_pct,
    listed: total,
  });
  return total;
}

test("Downtime: figures and list are those of the API, and choices cost no request", async ({ page }) => {
  await open(page, `/downtime?${await pastDays(page, 5)}`);
  const all = await agree(page);
  expect(all).toBeGreaterThan(0);
  const requests = await requestsDuring(page, async () => {
    await page
      .getByRole("list", { name: "Category" })
      .getByRole("button", { name: /^Repair/ })
      .click();
    await page.waitForURL(/category=repair/);
  });
  expect(requests).toEqual([]);
  const repairs = await agree(page);
  expect(repairs).toBeGreaterThan(0);
  expect(repairs).toBeLessThan(all);
  await page.goBack();
  await expect(page).not.toHaveURL(/category/);
  expect(await agree(page)).toBe(all);
});

test("Downtime: a bar of the Pareto leaves the downtimes of its reason", async ({ page }) => {
  await open(page, `/downtime?${await pastDays(page, 5)}&state=UDT`);
  const { reasons_by_hours: reasons } = await api(page, "summary");
  await page.getByRole("img", { name: /^Reasons by hours/ }).focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForURL(/reason=/);
  const reason = new URL(page.url()).searchParams.get("reason");
  const bar = reasons.find((one: { reason: string | null }) => one.reason === reason);
  expect(await agree(page)).toBe(bar.events);
  await filters(page)
    .getByRole("button", { name: /Remove filter/ })
    .last()
    .click();
  await expect(page).not.toHaveURL(/reason=/);
});

test("Downtime: compared with the days before, the figures of its own days stay", async ({ page }) => {
  await open(page, `/downtime?${await pastDays(page, 3)}`);
  const all = await agree(page);
  await page.getByRole("button", { name: "Compare with the days before" }).click();
  await page.waitForURL(/compare=period/);
  await expect(page.getByRole("region", { name: "Reasons that changed most" })).toBeVisible();
  await ready(page, "/downtime");
  expect(await agree(page)).toBe(all);
});

test("Downtime: the list leads to the machine, and its file has the same downtimes", async ({ page }) => {
  await open(page, `/downtime?${await pastDays(page, 2)}&state=SDT`);
  const all = await agree(page);
  const { events } = await api(page, "events", { per_page: "1" });
  const first = rows(list(page).getByRole("grid")).first();
  await expect(first.getByRole("rowheader")).toHaveText(events[0].resource_name);
  await list(page).getByRole("button", { name: "Columns and export" }).click();
  const download = page.waitForEvent("download");
  await list(page).getByRole("button", { name: "Export as CSV" }).click();
  const lines = (await readFile(await (await download).path(), "utf8")).split("\r\n");
  expect(lines.indexOf("") - 1).toBe(all);
  expect(lines).toEqual(expect.arrayContaining([`Rows,${all}`, "Filter: State,SDT"]));
  await first.getByRole("rowheader").getByRole("link").click();
  await page.waitForURL(`**/equipment/${encodeURIComponent(events[0].resource_id)}`);
});
