import { expect, test } from "../fixtures.ts";
import { chooseFirst, closePanel, numberOf, open, requestsDuring, rows } from "../parts.ts";

test("QC gate: a class lists its lots, without a request", async ({ page }) => {
  await open(page, "/qc-gate");
  const requests = await requestsDuring(page, async () => {
    const filled = page
      .getByRole("list", { name: "Wait class" })
      .getByRole("button")
      .filter({ hasNotText: /\b0lots/ })
      .first();
    const lots = await numberOf(filled.getByRole("strong"));
    await filled.click();
    await page.waitForURL(/range=/);
    const listed = page.getByRole("region", { name: "Lots at QC gates" }).getByRole("status").first();
    // Lots move meanwhile.
    await expect.poll(() => numberOf(listed)).toBeLessThanOrEqual(lots + 5);
  });
  expect(requests).toEqual([]);
  const grid = page.getByRole("grid");
  await grid.focus();
  await page.keyboard.press("End");
  await expect(grid).toHaveAttribute("aria-activedescendant", /\d+$/);
});

test("Jobs: those of all machines, of a group, and what happened to one", async ({ page }) => {
  const asked: string[] = [];
  page.on("request", (request) => request.url().endsWith("/api/job-query/jobs") && asked.push(request.url()));
  const jobs = page.getByRole("region", { name: "Jobs", exact: true }).getByRole("status").first();
  await open(page, "/job-query");
  // As many questions as 2,000 machines need.
  await expect(jobs).toHaveText(/^[\d,]+ · the newest opened \d{4}-/);
  expect(asked).toHaveLength(2);
  const number = async () => Number((await jobs.innerText()).split(" · ")[0]!.replace(/,/g, ""));
  const all = await number();
  asked.length = 0;
  await chooseFirst(page, "Workcenter");
  await expect.poll(number).toBeLessThan(all);
  await expect(page.getByText(/^read /).last()).toBeVisible();
  await rows(page.getByRole("grid", { name: "Jobs" }))
    .first()
    .getByRole("gridcell")
    .first()
    .click();
  expect(asked).toHaveLength(1);
  await expect(page.getByRole("dialog").getByRole("group", { name: "What happened" }).getByRole("row").nth(1)).toBeVisible();
  await expect(page).toHaveURL(/job=/);
  await closePanel(page);
});
