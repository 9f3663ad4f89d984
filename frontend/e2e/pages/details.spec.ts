// WIP detail and hold detail: the pages of the lots behind a number.
import type { APIRequestContext, Page } from "@playwright/test";

import { expect, test } from "../fixtures.ts";
import { closePanel, expectUsable, figure, filters, lots, numberOf, open, requestsDuring, rows } from "../parts.ts";

const MATRIX = "Workcenter × package";

async function answer<T>(request: APIRequestContext, path: string, params: Record<string, string | number | boolean>): Promise<T> {
  return ((await (await request.get(path, { params })).json()) as { data: T }).data;
}

/** Lots of a list as its card counts them. */
const listed = async (page: Page, name: string) =>
  Number(/^([\d,]+) lots/.exec(await page.getByRole("region", { name }).getByRole("status").first().innerText())![1]!.replace(/,/g, ""));

/** Lots move while two sources are compared. */
const MOVING = 15;

test("WIP detail: a former address shows the lots of a group as the API counts them", async ({ page, request }) => {
  await open(page, "/wip-detail?workcenter=TMTT&status=RUN");
  await expect(figure(page, "Running")).toHaveAttribute("aria-pressed", "true");
  const { summary, specs } = await answer<{ summary: { totalLots: number; runLots: number }; specs: string[] }>(
    request,
    "/api/wip/detail/TMTT",
    { status: "RUN" },
  );
  expect(Math.abs((await lots(page, "Total lots")) - summary.totalLots)).toBeLessThanOrEqual(MOVING);
  expect(Math.abs((await listed(page, "Lots")) - summary.runLots)).toBeLessThanOrEqual(MOVING);
  const heads = page.getByRole("grid", { name: "Lots" }).getByRole("columnheader");
  await expect(heads.filter({ hasText: specs[0]! }).first()).toBeVisible();
  await page.getByRole("switch", { name: "Pieces by spec" }).click();
  await page.waitForURL(/specs=none/);
  await expect(heads.filter({ hasText: specs[0]! })).toHaveCount(0);
});

test("WIP detail: states filter, headings sort, columns are chosen and a lot opens with every field", async ({ page }) => {
  await open(page, "/wip-detail");
  const grid = page.getByRole("grid", { name: "Lots" });
  const requests = await requestsDuring(page, async () => {
    await figure(page, "Queued").click();
    await page.waitForURL(/status=QUEUE/);
    await grid.getByRole("columnheader", { name: "Lot Qty(pcs)" }).click();
    await grid.getByRole("columnheader", { name: "Lot Qty(pcs)" }).click();
    await page.waitForURL(/sort=-qty/);
  });
  expect(requests).toEqual([]);
  await expect(grid.getByRole("columnheader", { name: "Lot Qty(pcs)" })).toHaveAttribute("aria-sort", "descending");
  const cells = async (column: number) =>
    Promise.all([0, 1, 2, 3, 4, 5].map((row) => rows(grid).nth(row).getByRole("gridcell").nth(column).innerText()));
  expect(new Set(await cells(0))).toEqual(new Set(["QUEUE"]));
  const pieces = (await cells(1)).map((text) => Number(text.replace(/,/g, "")));
  expect(pieces).toEqual(pieces.toSorted((a, b) => b - a));
  await page.getByRole("button", { name: "Columns" }).click();
  await page.getByRole("checkbox", { name: "Hold Employee", exact: true }).check();
  await expect(grid.getByRole("columnheader", { name: "Hold Employee", exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await rows(grid).first().getByRole("rowheader").click();
  const panel = page.getByRole("dialog");
  // The browser doesn't hold this one.
  await expect(panel.getByRole("term").filter({ hasText: "Wafer P/N" })).toBeVisible();
  await expectUsable(page);
  await page.reload();
  await expect(panel.getByRole("heading", { name: "Hold and release" })).toBeVisible();
  await closePanel(page);
  await page.waitForURL(/^[^?]*\?status=QUEUE&sort=-qty$/);
});

test("a cell of the overview leads to its lots with every filter", async ({ page }) => {
  await open(page, "/wip-overview?status=QUEUE&include_dummy=true");
  const grid = page.getByRole("grid", { name: MATRIX });
  const group = (await rows(grid).first().getByRole("rowheader").innerText()).trim();
  const pack = (await grid.getByRole("columnheader").nth(2).innerText()).trim();
  await rows(grid).first().getByRole("gridcell").nth(1).click();
  const panel = page.getByRole("dialog", { name: `${group} · ${pack}` });
  await panel.getByRole("link", { name: "Open as a page" }).click();
  await page.waitForURL(/\/wip-detail\?/);
  const query = new URL(page.url()).searchParams;
  expect(Object.fromEntries(query)).toEqual({ workcenter: group, package: pack, include_dummy: "true", status: "QUEUE" });
  await expect(rows(page.getByRole("grid", { name: "Lots" })).first()).toBeVisible();
  await page.goBack();
  await expect(panel).toBeVisible();
});

test("a reason of the overview leads to its lots with every filter, and the numbers are the API's", async ({ page, request }) => {
  await open(page, "/wip-overview?include_dummy=true");
  const pareto = page.getByRole("grid", { name: "Quality hold", exact: true });
  const reason = (await rows(pareto).first().getByRole("rowheader").innerText()).trim();
  await pareto.getByRole("rowheader").first().click();
  await page.getByRole("dialog", { name: reason }).getByRole("link", { name: "Open as a page" }).click();
  await page.waitForURL(/\/hold-detail\?/);
  expect(Object.fromEntries(new URL(page.url()).searchParams)).toEqual({ include_dummy: "true", reason });
  await expect(rows(page.getByRole("grid", { name: "Lots on hold" })).first()).toBeVisible();
  const asked = { reason, include_dummy: true };
  const totals = await answer<{ totalLots: number; workcenterCount: number }>(request, "/api/wip/hold-detail/summary", asked);
  const total = page.getByRole("list", { name: "Totals" }).getByRole("strong");
  expect(Math.abs((await numberOf(total.first())) - totals.totalLots)).toBeLessThanOrEqual(MOVING);
  expect(await listed(page, "Lots on hold")).toBe(await numberOf(total.first()));
});

test("hold detail: age, workcenter and package filter, each but itself", async ({ page }) => {
  await open(page, "/hold-detail");
  await rows(page.getByRole("grid", { name: "Choose a hold reason" }))
    .first()
    .click();
  await page.waitForURL(/reason=/);
  const groups = page.getByRole("grid", { name: "By workcenter" });
  await expect(rows(groups).first()).toBeVisible();
  const requests = await requestsDuring(page, async () => {
    const age = page.getByRole("list", { name: "By age" }).getByRole("button").first();
    const young = await numberOf(age.getByRole("strong"));
    await age.click();
    await page.waitForURL(/age_range=0-1/);
    await expect.poll(async () => Math.abs((await listed(page, "Lots on hold")) - young)).toBeLessThanOrEqual(MOVING);
    const before = await rows(groups).count();
    const ofGroup = await numberOf(rows(groups).first().getByRole("gridcell").first());
    await rows(groups).first().click();
    await page.waitForURL(/workcenter=/);
    await expect.poll(async () => Math.abs((await listed(page, "Lots on hold")) - ofGroup)).toBeLessThanOrEqual(MOVING);
    // A dimension never narrows itself.
    expect(Math.abs((await rows(groups).count()) - before)).toBeLessThanOrEqual(2);
    await expect(rows(groups).first().getByRole("rowheader")).toHaveAttribute("aria-selected", "true");
  });
  expect(requests).toEqual([]);
  await filters(page).getByRole("button", { name: "Clear all" }).click();
  await page.waitForURL((url) => [...url.searchParams.keys()].join() === "reason");
  await filters(page).getByRole("combobox", { name: "Hold reason" }).selectOption("");
  await expect(rows(page.getByRole("grid", { name: "Choose a hold reason" })).first()).toBeVisible();
});

test("hold detail: an unknown reason says so and leads to the others", async ({ page }) => {
  await page.goto("/hold-detail?reason=NOPE");
  await expect(page.getByText(/^Nothing passes the filters: Hold reason alone removes [\d,]+$/)).toBeVisible();
  await page.getByRole("button", { name: "Remove this filter" }).click();
  await expect(rows(page.getByRole("grid", { name: "Choose a hold reason" })).first()).toBeVisible();
});
