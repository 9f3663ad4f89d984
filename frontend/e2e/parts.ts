// Parts that several pages have, by role and name, and what is checked on several pages.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { expect, type Locator, type Page } from "@playwright/test";
import type { AxeResults } from "axe-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What a page shows when it has data, in both languages. */
const SIGNS = {
  "wip-overview": (page: Page) => [
    rows(page.getByRole("grid", { name: /^(Workcenter × package|站點 × 封裝)$/ })),
    page.getByRole("img", { name: /^(Quality hold|Non-quality hold|品質 Hold|非品質 Hold)$/ }).locator("canvas"),
  ],
  resource: (page: Page) => [rows(page.getByRole("treegrid", { name: /^(Group → family → machine|站點群組 → 機型 → 機台)$/ }))],
  "resource-history": (page: Page) => [
    rows(page.getByRole("treegrid", { name: /^(Hours by group → family → machine|站點群組 → 機型 → 機台時數)$/ })),
    page.getByRole("img", { name: /^(Share of each state|\d+ 個週期的各狀態占比)/ }).locator("canvas"),
  ],
  "qc-gate": (page: Page) => [rows(page.getByRole("grid", { name: /^(Lots at QC gates|QC 關卡的批次)$/ }))],
  "job-query": (page: Page) => [page.getByLabel(/^(From|起始日)$/)],
};
export type PageName = keyof typeof SIGNS;
export const PAGES = Object.keys(SIGNS) as PageName[];

/** The rows of a table below its head. */
export function rows(table: Locator): Locator {
  return table.getByRole("row").filter({ has: table.page().getByRole("rowheader") });
}

/** Where the shell says how old the data is; `data-level` is how current. */
export function dataAge(page: Page): Locator {
  return page.getByRole("status", { name: /^(Age of the data|資料時間)$/ });
}

/** Waits until a page shows data and follows the plant. */
export async function ready(page: Page, name: PageName): Promise<void> {
  for (const sign of SIGNS[name](page)) await expect(sign.first()).toBeVisible();
  await expect(dataAge(page)).toHaveAttribute("data-level", "live");
}

/** Opens a page and waits until it shows data. */
export async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await ready(page, new URL(address, "http://server").pathname.split("/").at(-1) as PageName);
}

export function link(page: Page, name: string): Locator {
  return page.getByRole("navigation").getByRole("link", { name, exact: true });
}

export const filters = (page: Page) => page.getByRole("region", { name: "Filters" });

/** Chooses the first entry of a list of the filters. */
export async function chooseFirst(page: Page, name: string): Promise<void> {
  await filters(page).getByRole("combobox", { name }).click();
  await page.getByRole("listbox", { name }).getByRole("option").first().click();
  await page.keyboard.press("Escape");
}

/** A figure of the WIP overview that filters by a click. */
export function figure(page: Page, name: string): Locator {
  return page.getByRole("button", { name: new RegExp(`^${name}\\b`) });
}

export async function numberOf(part: Locator): Promise<number> {
  return Number((await part.innerText()).replace(/\D/g, ""));
}

export const lots = (page: Page, name: string) => numberOf(figure(page, name).getByRole("strong"));

/** The line that says what is not well. */
export const notice = (page: Page) => page.getByRole("group", { name: "Trouble" });

/** Closes the open panel by keyboard. */
export async function closePanel(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
}

/** Unfolds the first row of a level of a tree. */
export async function unfold(tree: Locator, level: number): Promise<void> {
  await tree.getByRole("row", { level }).first().getByText("▸").click();
  await expect(tree.getByRole("row", { level: level + 1 }).first()).toBeVisible();
}

/** Nothing is cut off at the side, and axe finds nothing serious. */
export async function expectUsable(page: Page): Promise<void> {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, "pixels that the page is too wide").toBeLessThanOrEqual(0);
  const found = await page.evaluate<AxeResults>(`(() => { ${axe}; return axe.run(document, { resultTypes: ["violations"] }); })()`);
  const serious = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
}

/** The same at the widths and in the themes that are left over, on a page that is open. */
export async function expectUsableIn(page: Page, views: readonly (readonly [width: number, theme: string])[]): Promise<void> {
  for (const [width, theme] of views) {
    await page.setViewportSize({ width, height: 900 });
    await page.getByRole("combobox", { name: "Theme" }).selectOption(theme);
    await expectUsable(page);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

/** Requests while `action` runs, other than the stream of events, the deltas that follow it, code of other pages that is fetched ahead, and the icon. */
export async function requestsDuring(page: Page, action: () => Promise<void>): Promise<string[]> {
  const seen: string[] = [];
  const listen = (request: { url(): string }) => {
    if (!/\/api\/(events|snapshot\/\w+\?since=)|\/assets\/|\/favicon\.svg$/.test(request.url())) seen.push(request.url());
  };
  page.on("request", listen);
  await action();
  page.off("request", listen);
  return seen;
}

/** Sends the form of the sign-in page. */
export async function fillSignIn(page: Page, password: string): Promise<void> {
  await page.getByLabel("Name").fill("admin");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Signs in through the page and comes back to `next`. */
export async function signIn(page: Page, origin: string, password: string, next: string): Promise<void> {
  await page.goto(`${origin}/admin/login?next=${encodeURIComponent(next)}`);
  await fillSignIn(page, password);
  await page.waitForURL(`${origin}${next}`);
}

export const userMenu = (page: Page) => page.getByRole("button", { name: /^Signed in as/ });

export async function signOut(page: Page, how: "Sign out" | "Sign out everywhere"): Promise<void> {
  await userMenu(page).click();
  await page.getByRole("menuitem", { name: how, exact: true }).click();
  await expect(page.getByRole("banner").getByRole("link", { name: "Sign in" })).toBeVisible();
}
