import { expect, test } from "../fixtures.ts";
import { chooseFirst, closePanel, figure, filters, lots, open, requestsDuring, rows, visit } from "../parts.ts";

const MATRIX = "Workcenter × package";

test("filters answer at once, without a request, and are undone by the back button", async ({ page }) => {
  await open(page, "/wip-overview");
  const before = await lots(page, "Total lots");
  expect(before).toBeGreaterThan(11_000);
  const lotId = filters(page).getByRole("combobox", { name: "Lot ID", exact: true });
  const requests = await requestsDuring(page, async () => {
    await lotId.fill("GA2611000");
    await expect.poll(() => lots(page, "Total lots")).toBeLessThan(before / 10);
    await lotId.fill("");
    await expect.poll(() => lots(page, "Total lots")).toBeGreaterThan(before / 2);
    await figure(page, "Quality hold").click();
    await page.waitForURL(/status=HOLD&hold_type=quality/);
    await chooseFirst(page, "Package");
    await page.waitForURL(/package=/);
  });
  expect(requests).toEqual([]);
  const chips = filters(page).getByRole("button", { name: /^Remove filter/ });
  await expect(chips).toHaveCount(3);
  await page.goBack();
  await page.waitForURL((url) => !url.search.includes("package="));
  await expect(chips).toHaveCount(2);
});

test("a link brings the whole view back", async ({ page }) => {
  await open(page, "/wip-overview");
  const heads = page.getByRole("grid", { name: MATRIX }).getByRole("columnheader");
  const name = (await heads.nth(2).innerText()).trim();
  await open(page, `/wip-overview?package=${encodeURIComponent(name)}&status=RUN`);
  await expect(figure(page, "Running")).toHaveAttribute("aria-pressed", "true");
  // Group, total, and the package.
  await expect(heads).toHaveCount(3);
  await expect(heads.last()).toHaveText(name);
});

test("a cell, then a Pareto reason, opens the lots behind it", async ({ page }) => {
  await open(page, "/wip-overview");
  const panel = page.getByRole("dialog");
  const requests = await requestsDuring(page, async () => {
    // The first number is the total of the group.
    await rows(page.getByRole("grid", { name: MATRIX }))
      .first()
      .getByRole("gridcell")
      .filter({ hasText: /\d/ })
      .nth(1)
      .click();
    await expect(rows(panel.getByRole("grid")).first()).toBeVisible();
    await closePanel(page);
    await page.getByRole("grid", { name: "Quality hold", exact: true }).getByRole("rowheader").first().click();
    await expect(panel.getByRole("term").first()).toBeVisible();
    await expect(rows(panel.getByRole("grid")).first()).toBeVisible();
    await closePanel(page);
  });
  expect(requests).toEqual([]);
});

test("no lots says which filter removed them and takes it back", async ({ page }) => {
  await open(page, "/wip-overview");
  await filters(page).getByRole("combobox", { name: "Work order", exact: true }).fill("(no such order");
  await expect(page.getByText(/^Nothing passes the filters: Work order alone removes [\d,]+$/)).toBeVisible();
  await page.getByRole("button", { name: "Remove this filter" }).click();
  await expect(rows(page.getByRole("grid", { name: MATRIX })).first()).toBeVisible();
});

test("numbers change by themselves, by deltas", async ({ page }) => {
  const deltas: string[] = [];
  page.on("response", (response) => response.headers()["x-mes-kind"] === "delta" && deltas.push(response.url()));
  await open(page, "/wip-overview");
  const matrix = page.getByRole("grid", { name: MATRIX });
  const before = await matrix.innerText();
  await expect.poll(() => matrix.innerText(), { timeout: 30_000 }).not.toBe(before);
  expect(deltas.filter((url) => url.includes("/wip?"))).not.toEqual([]);
});

test("the server going away leaves the page usable", async ({ page, context, problems }) => {
  problems.expect(/net::ERR_INTERNET_DISCONNECTED/);
  await open(page, "/wip-overview");
  await context.setOffline(true);
  const before = await lots(page, "Total lots");
  await figure(page, "Running").click();
  await page.waitForURL(/status=RUN/);
  expect(Math.abs((await lots(page, "Total lots")) - before)).toBeLessThan(before / 10);
});

test("every page opens while the server is away", async ({ page, context, problems }) => {
  problems.expect(/net::ERR_INTERNET_DISCONNECTED/);
  await open(page, "/wip-overview");
  // All code of pages is there.
  const isPage = "(Page|WipOverview)-[^/]*\\.js$";
  await expect
    .poll(
      () =>
        page.evaluate((code) => performance.getEntriesByType("resource").filter(({ name }) => new RegExp(code).test(name)).length, isPage),
      { timeout: 60_000 },
    )
    .toBeGreaterThanOrEqual(9);
  await context.setOffline(true);
  await visit(page, "Equipment");
  await expect(rows(page.getByRole("treegrid")).first()).toBeVisible();
  await visit(page, "Equipment history");
  await expect(page.getByRole("heading", { name: "Equipment history" })).toBeVisible();
  await visit(page, "QC gate");
  await expect(page.getByRole("heading", { name: "QC gate", exact: true })).toBeVisible();
  await visit(page, "WIP overview");
  await expect(rows(page.getByRole("grid", { name: MATRIX })).first()).toBeVisible();
});
