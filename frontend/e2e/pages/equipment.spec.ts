import { expect, test } from "../fixtures.ts";
import { closePanel, open, requestsDuring, rows, unfold } from "../parts.ts";

test("the tree opens, a cell selects at its own level and lets go", async ({ page }) => {
  await open(page, "/resource");
  const tree = page.getByRole("treegrid", { name: "Group → family → machine" });
  const list = page.getByRole("grid", { name: "Machines" });
  const requests = await requestsDuring(page, async () => {
    const all = (await list.getAttribute("aria-rowcount")) ?? "";
    await tree.getByRole("row", { level: 1 }).first().getByRole("gridcell").first().click();
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

test("the list scrolls through all machines and sorts", async ({ page }) => {
  await open(page, "/resource");
  const list = page.getByRole("grid", { name: "Machines" });
  const before = await rows(list).first().innerText();
  await list.hover();
  await page.mouse.wheel(0, 20_000);
  await expect.poll(() => rows(list).first().innerText()).not.toBe(before);
  const head = list.getByRole("columnheader", { name: "Lots", exact: true });
  await head.click();
  await page.waitForURL(/sort=lots/);
  await expect(list.getByRole("columnheader", { name: /^Lots/ })).toHaveAttribute("aria-sort", "ascending");
});
