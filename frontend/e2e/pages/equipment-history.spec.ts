import { readFile } from "node:fs/promises";

import { expect, test } from "../fixtures.ts";
import type { APIRequestContext, Page } from "@playwright/test";
import { chooseFirst, expectUsable, expectUsableIn, filters, open, ready, requestsDuring, rows, unfold } from "../parts.ts";

type Figures = Record<string, number | null>;
interface Summary {
  kpi: Figures;
  trend: (Figures & { date: string })[];
}
async function summary(request: APIRequestContext, start: string, end: string, groups: string[] = []): Promise<Summary> {
  const query = new URLSearchParams({ start_date: start, end_date: end, granularity: "day" });
  for (const group of groups) query.append("workcenter_groups", group);
  const answer = await request.get(`/api/resource/history/summary?${query}`, { timeout: 60_000 });
  expect(answer.status()).toBe(200);
  return (await answer.json()).data;
}
const shifted = (day: string, days: number) => new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);
/** The days that the page shows; they end before today, so that their hours are final. */
async function lastDays(request: APIRequestContext, days: number): Promise<[start: string, end: string]> {
  const { sysDate } = (await (await request.get("/api/wip/overview/summary")).json()).data as { sysDate?: string };
  const today = (sysDate ?? new Date().toISOString()).slice(0, 10);
  return [shifted(today, -days), shifted(today, -1)];
}
const numberIn = (text: string) => Number(text.replace(/[^\d.-]/g, ""));
/** The figures of the comparison as the page shows them: both values and the difference, by name. */
async function compared(page: Page): Promise<Map<string, number[]>> {
  const grid = page.getByRole("grid", { name: "Both beside each other" });
  const found = new Map<string, number[]>();
  for (const end of ["Home", "End"]) {
    await grid.focus();
    await page.keyboard.press(`Control+${end}`);
    await page.keyboard.press(end === "Home" ? "PageUp" : "End");
    for (const row of await rows(grid).all()) {
      const values = await row.getByRole("gridcell").allInnerTexts();
      found.set(await row.getByRole("rowheader").innerText(), values.map(numberIn));
    }
  }
  return found;
}
function expectCompared(shown: Map<string, number[]>, first: Figures, second: Figures): void {
  const names = {
    "OU %": "ou_pct",
    "Productive hours": "prd_hours",
    "Standby %": "sby_pct",
    "Total hours": "total_hours",
    Machines: "machine_count",
  };
  for (const [name, key] of Object.entries(names)) {
    const [a, b, difference] = shown.get(name)!;
    expect([a, b], name).toEqual([first[key], second[key]]);
    expect(difference, name).toBeCloseTo(first[key]! - second[key]!, 5);
  }
}

test("one request a range; periods, filters and narrower ranges need none", async ({ page }) => {
  const ranges: string[] = [];
  page.on("request", (request) => request.url().includes("/api/snapshot/history") && ranges.push(request.url()));
  await open(page, "/resource-history");
  expect(ranges).toHaveLength(1);
  const figures = page.getByRole("region", { name: "Key figures" });
  const ou = figures.getByRole("group", { name: "OU %" });
  const machines = figures.getByText(/^[\d,]+ Machines ·/);
  const [ouBefore, machinesBefore] = [await ou.innerText(), await machines.innerText()];
  const tree = page.getByRole("treegrid");
  const requests = await requestsDuring(page, async () => {
    for (const period of ["Week", "Month", "Year", "Day"]) {
      await page.getByRole("button", { name: period, exact: true }).click();
      await page.waitForURL(new RegExp(`granularity=${period.toLowerCase()}`));
      expect(await ou.innerText(), "the sum of all periods is the same").toBe(ouBefore);
    }
    await page.getByRole("button", { name: "7 d", exact: true }).click();
    await expect.poll(() => ou.innerText()).not.toBe(ouBefore);
    await chooseFirst(page, "Workcenter");
    await expect.poll(() => machines.innerText()).not.toBe(machinesBefore);
    await expect(tree.getByRole("row", { level: 1 })).toHaveCount(1);
    await unfold(tree, 1);
    await unfold(tree, 2);
  });
  expect(requests).toEqual([]);
  // Two rows are folded again, then the workcenter goes.
  for (let step = 0; step < 3; step += 1) await page.goBack();
  await page.waitForURL((url) => !url.search.includes("workcenter_groups"));
  await page.getByRole("button", { name: "90 d", exact: true }).click();
  await expect.poll(() => ranges).toHaveLength(2);

  const table = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export as CSV" }).click();
  const text = await readFile(await (await table).path(), "utf8");
  expect(text).toMatch(/^\ufeffWorkcenter group,.*OU %/);
  expect(text.split("\r\n").length, "one line a machine").toBeGreaterThan(1_900);
  const workbook = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export as Excel" }).click();
  expect((await workbook).suggestedFilename()).toMatch(/^resource-history_.*\.xlsx$/);
  expect((await readFile(await (await workbook).path())).subarray(0, 2).toString()).toBe("PK");
});

test("wrong days are explained and what is shown stays", async ({ page }) => {
  await open(page, "/resource-history");
  const ou = page.getByRole("group", { name: "OU %" });
  const before = await ou.innerText();
  const alert = filters(page).getByRole("alert");
  const requests = await requestsDuring(page, async () => {
    await page.goto("/resource-history?start_date=2026-11-02&end_date=2026-11-01");
    await expect(alert).toHaveText("The last day must not be before the first day.");
  });
  expect(requests.filter((url) => url.includes("/api/snapshot/history"))).toEqual([]);
  await page.goBack();
  await ready(page, "/resource-history");
  await filters(page).getByLabel("From").fill("2020-01-01");
  await expect(alert).toHaveText(/^Choose at most 731 days/);
  expect(await ou.innerText()).toBe(before);
});

test("two periods beside each other: figures, trend and table have both and the difference, as the API has them", async ({
  page,
  request,
}) => {
  const [start, end] = await lastDays(request, 14);
  const address = `/resource-history?start_date=${start}&end_date=${end}`;
  await open(page, address);
  await page.getByRole("combobox", { name: "Compare with" }).selectOption("Other days");
  await page.waitForURL(/compare=period/);
  await expect(page.getByRole("img", { name: /^OU % of .+ and of / }).locator("canvas")).toBeVisible();
  const before: [string, string] = [shifted(start, -14), shifted(start, -1)];
  const [first, second] = [await summary(request, start, end), await summary(request, ...before)];
  expectCompared(await compared(page), first.kpi, second.kpi);
  await expect(page.getByRole("group", { name: "OU %", exact: true })).toContainText(`${second.kpi.ou_pct!.toFixed(1)}% · `);
  const table = page.getByRole("table", { name: /^OU % of .+ and of / });
  await expect(table.getByRole("row")).toHaveCount(15);
  const cells = await table.getByRole("row").nth(1).getByRole("cell").allTextContents();
  expect(cells).toEqual([start, String(first.trend[0]!.ou_pct), before[0], String(second.trend[0]!.ou_pct)]);
  const tree = page.getByRole("treegrid");
  await expect(tree.getByRole("columnheader", { name: "Δ OU %" })).toBeVisible();
  await expect(tree.getByRole("row", { level: 1 }).first().getByRole("gridcell").nth(1)).toHaveText(/^([+-]?\d+\.\d|–)$/);
  await page.reload();
  await ready(page, "/resource-history");
  await expect(page.getByRole("group", { name: "Days to compare with" }).getByLabel("From")).toHaveValue(before[0]);
  await expectUsable(page);
  await expectUsableIn(page, [[390, "dark"]]);
});

test("two groups beside each other, from the hours that are there", async ({ page, request }) => {
  const [start, end] = await lastDays(request, 14);
  const all = await summary(request, start, end);
  const [one, two] = (all as unknown as { workcenter_comparison: { workcenter: string }[] }).workcenter_comparison.map(
    ({ workcenter }) => workcenter,
  );
  await open(page, `/resource-history?${new URLSearchParams({ start_date: start, end_date: end, workcenter_groups: one! })}`);
  const requests = await requestsDuring(page, async () => {
    await page.getByRole("combobox", { name: "Compare with" }).selectOption("Other groups");
    await expect(page.getByText("Choose the groups to compare with.")).toBeVisible();
    await filters(page).getByRole("combobox", { name: "Groups to compare with" }).click();
    await page.getByRole("option", { name: two! }).click();
    await page.keyboard.press("Escape");
    await page.waitForURL(/compare_groups=/);
    await expect(page.getByRole("treegrid").getByRole("row", { level: 1 })).toHaveCount(2);
  });
  expect(requests).toEqual([]);
  const [first, second] = [await summary(request, start, end, [one!]), await summary(request, start, end, [two!])];
  expectCompared(await compared(page), first.kpi, second.kpi);
});

test("the other period loads and fails while the first stays usable", async ({ page, request, problems }) => {
  problems.expect(/status of 500/);
  const [start, end] = await lastDays(request, 14);
  let release = () => {};
  const held = new Promise<void>((done) => (release = done));
  await page.route(`**/api/snapshot/history?start_date=${shifted(start, -14)}&*`, async (route) => {
    await held;
    await route.fulfill({
      status: 500,
      json: { success: false, error: { code: "INTERNAL", message: "broken" }, meta: { request_id: "1" } },
    });
  });
  await page.goto(`/resource-history?start_date=${start}&end_date=${end}&compare=period`);
  await expect(
    page
      .getByRole("main")
      .getByText(`Loading the hours of ${shifted(start, -14)}`)
      .first(),
  ).toBeVisible();
  const { kpi } = await summary(request, start, end);
  const ou = page.getByRole("group", { name: "OU %", exact: true });
  await expect(ou).toContainText(`${kpi.ou_pct!.toFixed(1)}%`);
  await page.getByRole("button", { name: "Week", exact: true }).click();
  await page.waitForURL(/granularity=week/);
  release();
  await expect(page.getByRole("main").getByRole("alert").filter({ hasText: "broken" }).first()).toBeVisible();
  await expect(ou).toContainText(`${kpi.ou_pct!.toFixed(1)}%`);
});

for (const [language, told, part] of [
  ["en", "Hours of 90 of the 120 days from", "Shown: "],
  ["zh-TW", "其中 90 天的時數仍在從 MES 彙整。", "目前顯示："],
] as const) {
  test(`a range that is not rolled up yet: its newest part is shown, and the rest comes by itself (${language})`, async ({
    page,
    request,
    problems,
  }) => {
    problems.expect(/status of 503/);
    const [, end] = await lastDays(request, 14);
    const [start, from] = [shifted(end, -119), shifted(end, -29)];
    let isPending = true;
    await page.addInitScript((chosen) => localStorage.setItem("mes.language", chosen), language);
    await page.route(`**/api/snapshot/history?start_date=${start}&*`, (route) =>
      isPending
        ? route.fulfill({
            status: 503,
            headers: { "Retry-After": "1" },
            json: {
              success: false,
              error: { code: "HISTORY_PENDING", message: "pending" },
              meta: { request_id: "1", retry_after_seconds: 1, days_pending: 90, rolled_up_from: from },
            },
          })
        : route.continue(),
    );
    await page.goto(`/resource-history?start_date=${start}&end_date=${end}`);
    const note = page.getByRole("main").getByRole("status").filter({ hasText: told });
    await expect(note).toContainText(part + from);
    const ou = page.getByRole("group", { name: /^OU ?%$/ });
    const { kpi } = await summary(request, from, end);
    await expect(ou).toContainText(`${kpi.ou_pct!.toFixed(1)}%`);
    await expect(page.getByRole("alert").filter({ hasText: /./, visible: true })).toHaveCount(0);
    isPending = false;
    await expect(note).toHaveCount(0);
    const whole = await summary(request, start, end);
    await expect(ou).toContainText(`${whole.kpi.ou_pct!.toFixed(1)}%`);
  });
}

test("hours of all states add up to the total; days without hours have their place; the days that exist are told", async ({
  page,
  request,
}) => {
  const [, end] = await lastDays(request, 14);
  const start = shifted(end, -149);
  const { kpi, trend } = await summary(request, start, end);
  await open(page, `/resource-history?start_date=${start}&end_date=${end}&granularity=month`);
  const parts = ["prd", "sby", "udt", "sdt", "egt", "nst", "other"].map((state) => kpi[`${state}_hours`]!);
  const figures = page.getByRole("region", { name: "Key figures" });
  const shown = (await figures.getByText(/^[\d,.]+ h$/).allInnerTexts()).map(numberIn);
  expect(shown).toEqual(kpi.other_hours === 0 ? parts.slice(0, 6) : parts);
  expect(Math.abs(shown.reduce((sum, hours) => sum + hours, 0) - kpi.total_hours!)).toBeLessThan(0.5);
  await expect(page.getByText(`hours from ${trend[0]!.date} to ${trend.at(-1)!.date}, ${trend.length} of 150 days`)).toBeVisible();
  const months = page.getByRole("table", { name: /^OU % of \d+ workcenter groups in/ }).getByRole("columnheader");
  expect(await months.count(), "a column for the group and for each month").toBeGreaterThanOrEqual(6);
});

test("a cell of the heatmap leads to its group in its period, and a machine to its page", async ({ page, request }) => {
  const [start, end] = await lastDays(request, 14);
  await open(page, `/resource-history?start_date=${start}&end_date=${end}&is_production=true`);
  const heatmap = page.getByRole("img", { name: /^OU % of \d+ workcenter groups in/ });
  await heatmap.focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.waitForURL(/workcenter_groups=/);
  const { searchParams } = new URL(page.url());
  expect(searchParams.get("start_date")).toBe(searchParams.get("end_date"));
  expect(searchParams.get("is_production")).toBe("true");
  const tree = page.getByRole("treegrid");
  await expect(tree.getByRole("row", { level: 1 })).toHaveCount(1);
  await unfold(tree, 1);
  await unfold(tree, 2);
  const machine = tree.getByRole("row", { level: 3 }).first().getByRole("link");
  const name = await machine.innerText();
  await machine.click();
  await page.waitForURL(/\/equipment\//);
  await expect(page.getByRole("heading", { level: 1, name, exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Its history" }).click();
  await page.waitForURL((url) => url.pathname === "/resource-history" && url.searchParams.get("q") === name);
});
