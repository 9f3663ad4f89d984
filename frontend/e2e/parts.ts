// Parts that several pages have, by role and name, and what is checked on several pages.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { expect, type Locator, type Page } from "@playwright/test";
import type { AxeResults } from "axe-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What the tests need of a `page.ts`. */
interface Declared {
  path: string;
  isListed: boolean;
  words: Record<"en" | "zhTW", { title: string }>;
}
const folder = new URL("../src/pages/", import.meta.url);
const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const declared = await Promise.all(
  folders.map(async ({ name }) => ((await import(new URL(`${name}/page.ts`, folder).href)) as { default: Declared }).default),
);
/** The paths of all pages that visitors see. */
export const PAGES = declared.filter(({ isListed, path }) => isListed && !path.includes(":")).map(({ path }) => path);
/** An address of every page that visitors see, with an id that no lot and no machine has. */
export const ADDRESSES = declared.filter(({ isListed }) => isListed).map(({ path }) => path.replace(/:\w+/g, "NOPE"));

/** English title of the page at a path. */
export const titleOf = (pathname: string) => pageAt(pathname).words.en.title;

/** The page at a path, which may stand below a prefix. */
function pageAt(pathname: string): Declared {
  const found = declared.filter(({ path }) => new RegExp(`${path.replace(/:\w+/g, "[^/]+")}$`).test(pathname));
  const [longest] = found.toSorted((a, b) => b.path.length - a.path.length);
  if (!longest) throw new Error(`no page.ts has the path ${pathname}`);
  return longest;
}

/** The rows of a table below its head. */
export function rows(table: Locator): Locator {
  return table.getByRole("row").filter({ has: table.page().getByRole("rowheader") });
}

/** Where the shell says how old the data is; `data-level` is how current. */
export function dataAge(page: Page): Locator {
  return page.getByRole("status", { name: /^(Age of the data|資料時間)$/ });
}

/** What a part of a page says it waits for. */
export const loading = (part: Locator) => part.getByText(/^(Loading (?!failed)|Asking the database|載入(?!失敗)|正在查詢)/);

/** Waits until the page at a path shows data and follows the plant: its title, rows in every table, nothing that loads. */
export async function ready(page: Page, pathname: string): Promise<void> {
  const { path, words } = pageAt(pathname);
  const main = page.getByRole("main");
  const title = (name?: string) => main.getByRole("heading", { level: 1, ...(name && { name, exact: true }) });
  // A page of one thing is named after it.
  await expect(path.includes(":") ? title() : title(words.en.title).or(title(words.zhTW.title))).toBeVisible();
  await expect(loading(main)).toHaveCount(0);
  await expect(main.locator("[aria-busy=true]")).toHaveCount(0);
  const tables = main.getByRole("grid").or(main.getByRole("treegrid"));
  await expect(tables.filter({ hasNot: page.getByRole("rowheader") })).toHaveCount(0);
  await expect(dataAge(page)).toHaveAttribute("data-level", "live");
}

/** Opens a page and waits until it shows data. */
export async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await ready(page, new URL(address, "http://server").pathname);
}

/** A page's link in the navigation, which is there for everybody while its menu is open. */
export function link(page: Page, name: string): Locator {
  return page.getByRole("navigation").getByRole("link", { name, exact: true, includeHidden: true });
}

/** Opens the menu that a page is in: that of its drawer, or the one of all pages. */
export async function openMenu(page: Page, name: string): Promise<void> {
  const navigation = page.getByRole("navigation");
  const drawer = navigation.getByRole("listitem").filter({ has: page.getByRole("link", { name, exact: true, includeHidden: true }) });
  await drawer
    .getByRole("button")
    .or(navigation.getByRole("button", { name: /^All pages/ }))
    .click();
  await expect(link(page, name)).toBeVisible();
}

/** Goes to a page by its link. */
export async function visit(page: Page, name: string): Promise<void> {
  await openMenu(page, name);
  await link(page, name).click();
}

export const filters = (page: Page) => page.getByRole("region", { name: /^(Filters|篩選)$/ });

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
export const notice = (page: Page) => page.getByRole("group", { name: /^(Trouble|異常)$/ });

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

/** Nothing is cut off at the side, and axe finds nothing. */
export async function expectUsable(page: Page): Promise<void> {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, "pixels that the page is too wide").toBeLessThanOrEqual(0);
  const found = await page.evaluate<AxeResults>(`(() => { ${axe}; return axe.run(document, { resultTypes: ["violations"] }); })()`);
  expect(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
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
    if (!/\/api\/(events|snapshot\/\w+\?(\S+&)?since=)|\/assets\/|\/favicon\.svg$/.test(request.url())) seen.push(request.url());
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
