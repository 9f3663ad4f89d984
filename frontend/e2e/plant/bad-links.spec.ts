// Addresses that ask for what is not there: every page says so, and leads to the address without it.
import type { Page } from "@playwright/test";

import { expect } from "../fixtures.ts";
import { ADDRESSES, filters, PAGES, titleOf } from "../parts.ts";
import { test } from "../plant.ts";

const note = (page: Page) => page.getByRole("alert").filter({ hasText: "Not everything in this address can be used" });
const repair = (page: Page) => note(page).getByRole("button", { name: "Remove from the address" });

test("no page passes over a parameter that it does not have", async ({ page, problems }) => {
  // There is no lot and no machine NOPE.
  problems.expect(/status of 404/);
  for (const address of ADDRESSES) {
    await test.step(address, async () => {
      await page.goto(`${address}?nope=%3Cimg%3E&page=-1`);
      await expect(note(page).getByRole("listitem")).toHaveText(["“nope” is not known on this page", "“page” is not known on this page"]);
      await repair(page).click();
      await expect(note(page)).toHaveCount(0);
      await expect(page).toHaveURL(new RegExp(`${address}$`));
    });
  }
});

/** Names in the address that are there after `action` and were not before. */
async function added(page: Page, action: () => Promise<void>): Promise<string[]> {
  const before = new URL(page.url()).search;
  await action();
  await page.waitForURL((url) => url.search !== before);
  const names = [...new URLSearchParams(before).keys()];
  return [...new URL(page.url()).searchParams.keys()].filter((name) => !names.includes(name));
}

/** The address of the page after its filters were used one after the other, and names of its parameters by their kind. */
async function used(page: Page): Promise<{ names: string[]; values: string[]; days: string[] }> {
  const found = { names: [] as string[], values: [] as string[], days: [] as string[] };
  const bar = filters(page);
  for (const list of await bar.getByRole("combobox").and(page.locator("[aria-autocomplete]")).all()) {
    const label = (await list.getAttribute("aria-label"))!;
    const choose = async () => {
      await list.click();
      await page.getByRole("listbox", { name: label }).getByRole("option").first().click();
      await list.press("Escape");
    };
    found.names.push(...(await added(page, choose)));
  }
  for (const list of await bar.locator("select").all()) {
    if ((await list.locator("option").count()) < 2) continue;
    found.values.push(...(await added(page, async () => void (await list.selectOption({ index: 1 })))));
  }
  for (const box of await bar.getByRole("checkbox").all()) found.values.push(...(await added(page, () => box.click())));
  const presets = bar.getByRole("group", { name: "Last days" }).getByRole("button");
  if ((await presets.count()) > 0) found.days.push(...(await added(page, () => presets.last().click())));
  return found;
}

for (const path of PAGES) {
  test(`${path} names every value that it can't use`, async ({ page }) => {
    // No need to wait for what the server takes long for.
    await page.goto(path);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(titleOf(path));
    test.skip((await filters(page).count()) === 0, "it has no filters");
    const { names, values, days } = await used(page);
    const good = new URL(page.url()).searchParams;
    const bad = new URLSearchParams();
    for (const name of names) for (const value of [...good.getAll(name), "NOPE"]) bad.append(name, value);
    for (const name of [...values, ...days]) bad.append(name, "zzz");
    await page.goto(`${path}?${bad}`);
    const lines = note(page).getByRole("listitem");
    await expect(lines.filter({ hasText: "“NOPE” is not in the data" })).toHaveCount(names.length);
    await expect(lines.filter({ hasText: "“zzz” is not " })).toHaveCount(values.length + days.length);
    await repair(page).click();
    await expect(note(page)).toHaveCount(0);
    const left = new URL(page.url()).searchParams;
    expect([...left.keys()].toSorted()).toEqual(names.toSorted());
    expect([...left.values()]).not.toContain("NOPE");
  });
}

test("what is open by an address says that it is not there", async ({ page, problems }) => {
  problems.expect(/status of 404/);
  const told = {
    "/resource?machine=NOPE": "machine: “NOPE” is not in the data",
    "/wip-overview?lots=NOPE": "lots: “NOPE” is not in the data",
    "/hold-detail?reason=NOPE": "Hold reason: “NOPE” is not in the data",
    "/wip-overview?hold_type=quality": "“quality” has no effect with the other values",
    "/wip-detail?sort=nope": "sort: “nope” is not valid",
    "/wip-overview?status=RUN&status=HOLD": "only “RUN” counts",
  };
  for (const [address, text] of Object.entries(told)) {
    await page.goto(address);
    await expect(note(page), address).toContainText(text);
  }
  await page.goto("/wip-detail?lot=NOPE");
  await expect(page.getByRole("dialog")).toContainText("There is no lot with this ID now");
});
