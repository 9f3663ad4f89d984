// A click on a number leads to the rows behind it: their total is the number, to the last digit, also after a
// reload; Back leads to where the number was.
import type { Locator, Page } from "@playwright/test";

import { expect } from "../fixtures.ts";
import { closePanel, numberOf, open, ready, rows } from "../parts.ts";
import { test } from "../plant.ts";

const first = (text: string | null) => Number(/[\d,]+/.exec(text ?? "")?.[0]?.replaceAll(",", "") ?? Number.NaN);
const last = (text: string | null) => Number(/([\d,]+)\D*$/.exec(text ?? "")?.[1]?.replaceAll(",", "") ?? Number.NaN);
const strong = (part: Locator) => numberOf(part.getByRole("strong"));
const listed = (page: Page, name: string) => page.getByRole("region", { name, exact: true }).getByRole("status").first();

/** How many rows a page says that it has. */
const COUNTED: Record<string, (page: Page) => Promise<number>> = {
  "/wip-overview": async (page) => {
    const panel = page.getByRole("dialog");
    if ((await panel.count()) > 0)
      return first(
        await panel
          .getByText(/^[\d,]+ lots/)
          .first()
          .innerText(),
      );
    const figures = page.getByRole("list", { name: "WIP overview" }).getByRole("button");
    const pressed = figures.and(page.locator("[aria-pressed=true]"));
    return strong((await pressed.count()) > 0 ? pressed : figures.first());
  },
  "/wip-detail": async (page) => first(await listed(page, "Lots").innerText()),
  "/hold-detail": async (page) => first(await listed(page, "Lots on hold").innerText()),
  "/hold-overview": async (page) => first(await listed(page, "Lots on hold").innerText()),
  "/qc-gate": async (page) => first(await listed(page, "Lots at QC gates").innerText()),
  "/resource": async (page) => first(await listed(page, "Machines").innerText()),
};

/** Addresses that were reloaded; one of each kind is enough. */
const reloaded = new Set<string>();

/** What is at the other end of a click has `number` rows, also after a reload; then goes back. */
async function expectRows(page: Page, click: () => Promise<void>, number: number, what: string): Promise<void> {
  const before = page.url();
  await click();
  await expect(page, what).not.toHaveURL(before);
  const { pathname } = new URL(page.url());
  const counted = COUNTED[pathname]!;
  await expect.poll(() => counted(page), { message: `${what}, ${page.url()}` }).toBe(number);
  const kind = `${pathname} ${[...new URL(page.url()).searchParams.keys()].join()}`;
  if (!reloaded.has(kind)) {
    reloaded.add(kind);
    await page.reload();
    await ready(page, pathname);
    await expect.poll(() => counted(page), { message: `${what} after a reload` }).toBe(number);
  }
  await page.goBack();
  await expect(page, what).toHaveURL(before);
  await ready(page, new URL(before).pathname);
}

test("Home: every figure", async ({ page }) => {
  await open(page, "/");
  const links = page
    .getByRole("main")
    .getByRole("link")
    .filter({ has: page.getByRole("strong") });
  const total = await links.count();
  expect(total).toBeGreaterThanOrEqual(6);
  for (let place = 0; place < total; place += 1) {
    const link = links.nth(place);
    // OU % is a share of hours.
    if ((await strong(link).catch(() => Number.NaN)) > 0 && !(await link.innerText()).includes("%"))
      await expectRows(page, () => link.click(), await strong(link), await link.innerText());
  }
  const reasons = page.getByRole("region", { name: "Largest hold reasons" }).getByRole("listitem");
  for (let place = 0; place < (await reasons.count()); place += 1) {
    const row = reasons.nth(place);
    await expectRows(page, () => row.getByRole("link").click(), last((await row.innerText()).replace(/ lots$/, "")), await row.innerText());
  }
});

for (const path of ["/wip-detail", "/hold-overview", "/qc-gate"]) {
  test(`${path}: every figure that filters`, async ({ page }) => {
    await open(page, path);
    const figures = page.getByRole("main").getByRole("list").getByRole("button").and(page.locator("[aria-pressed]"));
    const total = await figures.count();
    expect(total).toBeGreaterThanOrEqual(4);
    for (let place = path === "/wip-detail" ? 1 : 0; place < total; place += 1) {
      const figure = figures.nth(place);
      const number = await strong(figure);
      if (number > 0) await expectRows(page, () => figure.click(), number, await figure.innerText());
    }
  });
}

test("WIP overview: cells of the matrix, reasons of the Pareto", async ({ page }) => {
  await open(page, "/wip-overview");
  const matrix = rows(page.getByRole("grid", { name: "Workcenter × package" }));
  for (const [row, cell] of [
    [0, 0],
    [0, 2],
    [2, 1],
    [4, 5],
  ] as const) {
    const at = matrix.nth(row).getByRole("gridcell").nth(cell);
    // A cell has a title once the pointer is there.
    await at.hover();
    const pieces = last(await at.getAttribute("title"));
    await at.click();
    await page.getByRole("dialog").getByRole("link", { name: "Open as a page" }).click();
    await page.waitForURL(/\/wip-detail/);
    await expect.poll(async () => last(await listed(page, "Lots").innerText())).toBe(pieces);
    await page.goBack();
    await closePanel(page);
  }
  for (const kind of ["Quality hold", "Non-quality hold"]) {
    const reasons = rows(page.getByRole("grid", { name: kind, exact: true }));
    for (let place = 0; place < Math.min(3, await reasons.count()); place += 1) {
      const row = reasons.nth(place);
      await expectRows(page, () => row.getByRole("rowheader").click(), await numberOf(row.getByRole("gridcell").first()), kind);
    }
  }
});

test("hold detail: reasons, workcenters and packages", async ({ page }) => {
  await open(page, "/hold-detail");
  const reasons = rows(page.getByRole("grid", { name: "Choose a hold reason" }));
  for (let place = 0; place < 3; place += 1) {
    const row = reasons.nth(place);
    await expectRows(page, () => row.click(), await numberOf(row.getByRole("gridcell").nth(1)), await row.innerText());
  }
  await reasons.first().click();
  await page.waitForURL(/reason=/);
  for (const name of ["By workcenter", "By package"]) {
    const shares = rows(page.getByRole("grid", { name }));
    for (let place = 0; place < Math.min(2, await shares.count()); place += 1) {
      const row = shares.nth(place);
      await expectRows(page, () => row.click(), await numberOf(row.getByRole("gridcell").first()), `${name} ${place}`);
    }
  }
});

test("hold overview: cells of the matrix leave their pieces", async ({ page }) => {
  await open(page, "/hold-overview");
  const cells = rows(page.getByRole("grid", { name: "Workcenter × package" }))
    .first()
    .getByRole("gridcell");
  for (const place of [0, 1, 3]) {
    await cells.nth(place).hover();
    const pieces = last(await cells.nth(place).getAttribute("title"));
    await cells.nth(place).click();
    await page.waitForURL(/workcenter=/);
    const total = page.getByRole("list", { name: "Lots on hold" }).getByRole("group").nth(1);
    await expect.poll(async () => last(await total.getAttribute("title"))).toBe(pieces);
    await page.goBack();
    await expect(page).toHaveURL(/hold-overview$/);
  }
});

test("equipment: cells of the tree, cards of the dashboard", async ({ page }) => {
  await open(page, "/resource");
  const tree = rows(page.getByRole("treegrid"));
  const cells = tree.first().getByRole("gridcell");
  // OU % stands before the states.
  for (let place = 1; place < 8; place += 1) {
    const number = first(await cells.nth(place).innerText());
    if (number > 0) await expectRows(page, () => cells.nth(place).click(), number, `column ${place} of the tree`);
  }
  await open(page, "/dashboard");
  const cards = page.getByRole("list", { name: "Workcenter groups" }).getByRole("listitem");
  for (let place = 0; place < Math.min(3, await cards.count()); place += 1) {
    const card = cards.nth(place);
    const machines = last(/· ([\d,]+) /.exec(await card.getByRole("button").innerText())![1]!);
    await expectRows(page, () => card.getByRole("link").click(), machines, await card.innerText());
  }
});

test("a view comes back whole: order, columns, open panel, chosen cells", async ({ page }) => {
  await open(page, "/wip-detail");
  await page.getByRole("button", { name: /^Running\b/ }).click();
  const grid = page.getByRole("grid", { name: "Lots" });
  await grid.getByRole("columnheader", { name: "Lot Qty(pcs)" }).click();
  await rows(grid).nth(3).getByRole("rowheader").click();
  await expect(page.getByRole("dialog")).toBeVisible();
  const address = page.url();
  const seen = () => Promise.all([page.getByRole("dialog").getByRole("heading").first().innerText(), rows(grid).nth(1).innerText()]);
  const before = await seen();
  await page.reload();
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(await seen()).toEqual(before);
  await page.goBack();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.goForward();
  await expect(page).toHaveURL(address);
  await expect(page.getByRole("dialog")).toBeVisible();
});
