import { readFile } from "node:fs/promises";

import type { Page } from "@playwright/test";

import { expect, test } from "../fixtures.ts";
import { chooseFirst, filters, numberOf, open, requestsDuring, rows } from "../parts.ts";

const totals = (page: Page) => page.getByRole("list", { name: "Lots on hold" });
const total = (page: Page) => numberOf(totals(page).getByRole("group", { name: "Total lots" }).getByRole("strong"));
const list = (page: Page) => page.getByRole("region", { name: "Lots on hold" });
const listed = (page: Page) => numberOf(list(page).getByRole("status").first());

/** The address of the page is a query of the API. */
async function held(page: Page, what: string, more: Record<string, string> = {}) {
  const query = new URL(page.url()).searchParams;
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  const answer = await page.request.get(`/api/hold-overview/${what}?${query}`);
  return (await answer.json()).data;
}

/** Lots move meanwhile: page and server are asked until both show one version. */
const agree = (page: Page) =>
  expect(async () => {
    const { totalLots } = await held(page, "summary");
    expect([await total(page), await listed(page)]).toEqual([totalLots, totalLots]);
  }).toPass();

test("Hold overview: figures, matrix and list are those of the API, and choices cost no request", async ({ page }) => {
  await open(page, "/hold-overview");
  await agree(page);
  const all = await total(page);
  const requests = await requestsDuring(page, async () => {
    await page
      .getByRole("list", { name: "Hold type" })
      .getByRole("button", { name: /^Quality hold\b/ })
      .click();
    await page.waitForURL(/hold_type=quality/);
    await chooseFirst(page, "Hold reason");
    await page
      .getByRole("list", { name: "Lot age class" })
      .getByRole("button", { name: /7 days and over/ })
      .click();
    await page.waitForURL(/age_range=7/);
  });
  expect(requests).toEqual([]);
  await agree(page);
  expect(await total(page)).toBeLessThan(all);
  await page.goBack();
  await expect(page).not.toHaveURL(/age_range/);
  await agree(page);
});

test("Hold overview: a cell of the matrix leaves exactly its lots", async ({ page }) => {
  await open(page, "/hold-overview");
  const matrix = page.getByRole("grid", { name: "Workcenter × package" });
  const first = rows(matrix).first();
  const group = await first.getByRole("rowheader").innerText();
  await first.getByRole("gridcell").nth(1).click();
  await page.waitForURL(/workcenter=.*package=/);
  await expect(rows(matrix), "the group and the total").toHaveCount(2);
  await agree(page);
  const query = new URL(page.url()).searchParams;
  expect(query.get("workcenter")).toBe(group);
  await expect(async () => {
    const { matrix: cells, grand_total: pieces } = await held(page, "matrix");
    expect(cells[group][query.get("package")!]).toBe(pieces);
    expect((await held(page, "summary")).totalQty).toBe(pieces);
  }).toPass();
});

test("Hold overview: an area of the tree filters by the group and reason that its tip names", async ({ page }) => {
  await open(page, "/hold-overview");
  const chart = page.getByRole("img", { name: "Workcenter → reason" });
  const spoken = page.getByRole("table", { name: "Workcenter → reason" });
  await expect(spoken.getByRole("row").nth(1)).toBeAttached();
  const { width, height } = (await chart.boundingBox())!;
  const position = { x: width * 0.2, y: height * 0.4 };
  await chart.hover({ position });
  const name = await chart.locator("b").first().innerText();
  await chart.click({ position });
  await page.waitForURL(/workcenter=.*|reason=.*/);
  const query = new URL(page.url()).searchParams;
  expect([query.get("reason"), query.get("workcenter")]).toContain(name);
  await agree(page);
});

test("Hold overview: the list is ordered by the core, and its export has the same lots", async ({ page }) => {
  await open(page, "/hold-overview?age_range=7%2B&sort=-qty");
  await agree(page);
  const heading = list(page).getByRole("columnheader", { name: "Quantity" });
  await expect(heading).toHaveAttribute("aria-sort", "descending");
  await expect(async () => {
    const { lots } = await held(page, "lots", { sort: "qty", descending: "true" });
    const shown = await rows(list(page).getByRole("grid")).first().getByRole("rowheader").innerText();
    expect(shown).toBe(lots[0].lotId);
  }).toPass();
  await heading.click();
  await expect(page).not.toHaveURL(/sort=/);
  const before = await listed(page);
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export as CSV" }).click();
  const lines = (await readFile(await (await download).path(), "utf8")).split("\r\n");
  expect(lines[0]).toContain("Lot age");
  const end = lines.indexOf("");
  // Lots move meanwhile.
  expect(Math.abs(end - 1 - before)).toBeLessThanOrEqual(25);
  expect(lines.slice(end)).toEqual(expect.arrayContaining([`Rows,${end - 1}`, "Filter: Lot age class,7+"]));
});

test("Hold overview: filters that leave nothing say which, and lead back", async ({ page }) => {
  await page.goto("/hold-overview?reason=no+such+reason");
  await expect(page.getByText(/^Nothing passes the filters: Hold reason alone removes [\d,]+$/)).toBeVisible();
  await page.getByRole("button", { name: "Remove this filter" }).click();
  await expect(page).not.toHaveURL(/reason=/);
  await expect(filters(page)).toBeVisible();
  await agree(page);
});
