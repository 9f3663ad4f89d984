import { readFile } from "node:fs/promises";

import { expect, test } from "../fixtures.ts";
import { chooseFirst, filters, open, ready, requestsDuring, unfold } from "../parts.ts";

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
  await page.goBack();
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
