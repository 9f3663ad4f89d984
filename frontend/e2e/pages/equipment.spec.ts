import type { APIRequestContext, Locator, Page } from "@playwright/test";

import { expect, test } from "../fixtures.ts";
import { closePanel, expectUsable, expectUsableIn, open, ready, requestsDuring, rows, unfold } from "../parts.ts";

interface Machine {
  RESOURCEID: string;
  RESOURCENAME: string;
  WORKCENTER_GROUP: string | null;
  JOBORDER: string | null;
  CREATEDATE: string | null;
}
async function machines(request: APIRequestContext, query = ""): Promise<Machine[]> {
  const answer = await request.get(`/api/resource/status${query}`);
  expect(answer.status()).toBe(200);
  return (await answer.json()).data;
}
const hasJob = ({ JOBORDER }: Machine) => Boolean(JOBORDER?.trim());
const total = async (grid: Locator) => Number(await grid.getAttribute("aria-rowcount")) - 1;
const listOf = (page: Page) => page.getByRole("grid", { name: "Machines", exact: true });
/** The texts of a column of the rows in view. */
async function column(grid: Locator, name: string): Promise<string[]> {
  const place = await grid.getByRole("columnheader", { name, exact: true }).getAttribute("aria-colindex");
  return rows(grid).locator(`[aria-colindex="${place}"]`).allInnerTexts();
}

test("the tree opens, a cell selects at its own level and lets go", async ({ page }) => {
  await open(page, "/resource");
  const tree = page.getByRole("treegrid", { name: "Group → family → machine" });
  const list = page.getByRole("grid", { name: "Machines" });
  const requests = await requestsDuring(page, async () => {
    const all = (await list.getAttribute("aria-rowcount")) ?? "";
    // OU % stands first, the states follow.
    await tree.getByRole("row", { level: 1 }).first().getByRole("gridcell").nth(1).click();
    await page.waitForURL(/state=PRD/);
    const chosen = tree.getByRole("gridcell", { selected: true });
    await expect(chosen).toHaveCount(1);
    await expect(list).not.toHaveAttribute("aria-rowcount", all);
    await chosen.click();
    await page.waitForURL((url) => !url.search.includes("state="));
    await expect(list).toHaveAttribute("aria-rowcount", all);
    await unfold(tree, 1);
    await unfold(tree, 2);
    await tree.getByRole("row", { level: 3 }).first().getByRole("rowheader").click();
    await expect(page.getByRole("dialog").getByRole("term").first()).toBeVisible();
    await closePanel(page);
  });
  expect(requests).toEqual([]);
});

test("unfolded rows are part of the address, for a reload, for Back and for links", async ({ page }) => {
  for (const path of ["/resource", "/resource-history"]) {
    await open(page, path);
    const tree = page.getByRole("treegrid");
    const unfolded = () => tree.locator("[aria-expanded=true] .name").allInnerTexts();
    await unfold(tree, 1);
    await unfold(tree, 2);
    const two = await unfolded();
    expect(two).toHaveLength(2);
    await page.reload();
    await ready(page, path);
    await expect.poll(unfolded, path).toEqual(two);
    const address = page.url();
    await page.goBack();
    await expect.poll(unfolded).toEqual(two.slice(0, 1));
    await page.goto(address.replace("open=", "open=NOPE&open="));
    await expect.poll(unfolded).toEqual(two);
    await expect(page.getByRole("alert").filter({ hasText: "open: “NOPE” is not in the data" })).toBeVisible();
  }
});

test("the list scrolls through all machines and sorts", async ({ page }) => {
  await open(page, "/resource");
  const list = page.getByRole("grid", { name: "Machines" });
  const before = await rows(list).first().innerText();
  await list.hover();
  await page.mouse.wheel(0, 20_000);
  await expect.poll(() => rows(list).first().innerText()).not.toBe(before);
  const head = list.getByRole("columnheader", { name: "Lots", exact: true });
  await head.click();
  await page.waitForURL(/sort=LOT_COUNT/);
  await expect(list.getByRole("columnheader", { name: /^Lots/ })).toHaveAttribute("aria-sort", "ascending");
});

test("open jobs are a link to exactly these machines, and on to their jobs", async ({ page, request }) => {
  await open(page, "/resource");
  const door = page.getByRole("link", { name: /Open jobs$/ });
  await door.click();
  await page.waitForURL(/has_job=true/);
  const list = listOf(page);
  // The plant goes on meanwhile.
  await expect.poll(async () => (await total(list)) - (await machines(request)).filter(hasJob).length).toBe(0);
  await expect.poll(async () => `${await total(list)} Open jobs`).toBe(await door.innerText());
  const orders = await column(list, "Job order");
  expect(orders.length).toBeGreaterThan(5);
  expect(orders).not.toContain("–");
  await page.getByRole("link", { name: "Their jobs" }).click();
  await page.waitForURL(/\/job-query\?.*has_job=true/);
  const [earliest] = (await machines(request))
    .filter(hasJob)
    .flatMap(({ CREATEDATE }) => CREATEDATE ?? [])
    .toSorted();
  await expect(page.getByLabel("From")).toHaveValue(earliest!.slice(0, 10));
  await expect(page.getByRole("button", { name: /Remove filter Open job/ })).toBeVisible();
  await rows(page.getByRole("grid", { name: "Jobs" }))
    .first()
    .getByRole("link")
    .first()
    .click();
  await page.waitForURL(/\/equipment\//);
});

test("any field of a machine is a column that sorts, missing values last", async ({ page, request }) => {
  await open(page, "/resource?sort=-CREATEDATE");
  const card = page.getByRole("region", { name: "Machines", exact: true });
  await card.getByRole("button", { name: "Columns" }).click();
  await card.getByRole("checkbox", { name: "Job opened" }).check();
  await card.getByRole("checkbox", { name: "Vendor", exact: true }).check();
  await page.keyboard.press("Escape");
  const list = listOf(page);
  const expected = (all: Machine[]) =>
    all
      .flatMap(({ CREATEDATE }) => CREATEDATE?.replace("T", " ").slice(0, 16) ?? [])
      .toSorted()
      .reverse();
  await expect
    .poll(async () => {
      const [shown, all] = [await column(list, "Job opened"), await machines(request)];
      return shown.length > 10 && shown.every((text, place) => text === expected(all)[place]);
    })
    .toBe(true);
  // The other way round the missing ones are last as well.
  await page.goto("/resource?sort=CREATEDATE");
  await ready(page, "/resource");
  expect((await column(list, "Job opened"))[0]).toMatch(/^\d{4}-/);
  expect((await column(list, "Vendor")).length).toBeGreaterThan(10);
});

test("cards: groups and machines as in the API, few in the page, one tab stop with arrow keys", async ({ page, request }) => {
  await open(page, "/resource");
  await page.getByRole("button", { name: "Cards", exact: true }).click();
  await page.waitForURL(/view=cards/);
  const cards = page.getByRole("grid", { name: "Machines by workcenter group" });
  const heading = cards.getByRole("rowheader").first();
  const all = await machines(request);
  const group = (await heading.locator("b").innerText()).trim();
  const ofGroup = all.filter(({ WORKCENTER_GROUP }) => WORKCENTER_GROUP === group);
  await expect(heading).toContainText(ofGroup.length.toLocaleString("en-US"));
  const first = cards.getByRole("gridcell").first();
  await expect(first).toContainText(ofGroup[0]!.RESOURCENAME);
  await expect(first).toHaveAttribute("title", new RegExp(`^${ofGroup[0]!.RESOURCENAME} · `));
  expect(await cards.getByRole("gridcell").count()).toBeLessThan(400);
  await cards.focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog", { name: ofGroup[1]!.RESOURCENAME })).toBeVisible();
  await closePanel(page);
  await expect(cards).toBeFocused();
  await page.keyboard.press("End");
  await expect(cards.getByRole("gridcell").last()).toHaveAttribute("data-current", "true");
  await page.keyboard.press("Home");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("workcenter_groups") === group);
  await expect(cards.getByRole("rowheader")).toHaveCount(1);
  await expectUsable(page);
  await page.reload();
  await ready(page, "/resource");
  await expectUsableIn(page, [[390, "dark"]]);
});

test("OU % is in sight beside a name of 40 letters, at 1440 and 390 px", async ({ page }) => {
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await open(page, "/resource");
    const tree = page.getByRole("treegrid");
    const row = tree.getByRole("row", { level: 1 }).first();
    await row.locator(".name").evaluate((name) => (name.textContent = "站".repeat(40)));
    const box = (await row.getByRole("gridcell").first().boundingBox())!;
    const around = (await tree.locator("..").boundingBox())!;
    expect(box.x + box.width, `right edge at ${width}`).toBeLessThanOrEqual(around.x + around.width);
    expect(box.x).toBeGreaterThanOrEqual(around.x);
  }
});
