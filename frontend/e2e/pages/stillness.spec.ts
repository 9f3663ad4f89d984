// What must stay in its place.
import { expect, test } from "../fixtures.ts";
import { open } from "../parts.ts";
import { expectStill, forgetShifts, watchShifts } from "../shifts.ts";

test("nothing moves in the search while a text is typed", async ({ page }) => {
  await watchShifts(page);
  await open(page, "/wip-overview");
  await page.keyboard.press("Control+k");
  const hits = page.getByRole("dialog", { name: "Search" }).getByRole("option");
  await expect(hits.first()).toBeVisible();
  await forgetShifts(page);
  for (const text of ["G", "GA", "GA2", "GA2611", "no such thing", ""]) {
    await page.getByRole("dialog").getByRole("combobox").fill(text);
    await expect(hits.first()).toBeVisible({ visible: text !== "no such thing" });
    await expectStill(page, `“${text}”`);
  }
});
