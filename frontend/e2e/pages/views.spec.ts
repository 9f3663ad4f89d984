// Named views, short addresses of long choices, the kiosk, and what else belongs to the bar.
import type { Page } from "@playwright/test";

import { expect, test } from "../fixtures.ts";
import { dataAge, expectUsable, figure, lots, numberOf, open, ready, signIn } from "../parts.ts";

const dialog = (page: Page) => page.getByRole("dialog", { name: "Views" });
const openViews = (page: Page) => page.getByRole("banner").getByRole("button", { name: "Views" }).click();

async function save(page: Page, name: string): Promise<void> {
  await openViews(page);
  await dialog(page).getByLabel("Name of this view").fill(name);
  await dialog(page).getByRole("button", { name: "Save this view" }).click();
  await expect(dialog(page).getByRole("link", { name })).toBeVisible();
}

test("a view is saved, opened, found, renamed, deleted and restored; a name is text", async ({ page }) => {
  const name = "早會 <img src=x onerror=alert(1)> & 'SOT'";
  await open(page, "/wip-overview?status=HOLD&hold_type=quality");
  await save(page, name);
  await expectUsable(page);
  await dialog(page).getByLabel("Name of this view").fill(name);
  await dialog(page).getByRole("button", { name: "Save this view" }).click();
  await expect(dialog(page).getByRole("alert")).toHaveText(/There is a view of this name/);
  await page.keyboard.press("Escape");

  await open(page, "/resource");
  await openViews(page);
  await dialog(page).getByRole("link", { name }).click();
  await ready(page, "/wip-overview");
  await expect(page).toHaveURL(/\/wip-overview\?status=HOLD&hold_type=quality$/);
  await expect(figure(page, "Quality hold")).toHaveAttribute("aria-pressed", "true");

  await page.keyboard.press("/");
  await page.getByRole("combobox", { name: "Search" }).fill("早會 <img");
  await expect(page.getByRole("option", { name })).toBeVisible();
  await page.keyboard.press("Escape");

  await openViews(page);
  await dialog(page)
    .getByRole("button", { name: `Rename ${name}` })
    .click();
  await dialog(page).getByLabel(`New name of ${name}`).fill("Morning");
  await page.keyboard.press("Enter");
  await dialog(page).getByRole("button", { name: "Delete Morning" }).click();
  await expect(dialog(page).getByText("You have no views yet.")).toBeVisible();
  await dialog(page).getByRole("button", { name: "Undo" }).click();
  await page.reload();
  await openViews(page);
  await expect(dialog(page).getByRole("link", { name: "Morning" })).toBeVisible();
});

test("an administrator pins a view for everybody, also for those who come while the server is away", async ({
  serveDemo,
  page,
  browser,
  problems,
}) => {
  problems.expect(/ERR_|status of|Failed to load/);
  const { origin, password, stop } = await serveDemo({});
  await signIn(page, origin, password, "/wip-overview?status=HOLD");
  await ready(page, "/wip-overview");
  await save(page, "Holds");
  await dialog(page).getByRole("button", { name: "Pin Holds for everybody" }).click();
  await expect(dialog(page).getByRole("button", { name: "Unpin Holds" })).toBeVisible();

  const visitor = await (await browser.newContext()).newPage();
  await visitor.addInitScript(() => location.origin !== "null" && localStorage.setItem("mes.language", "en"));
  await visitor.goto(`${origin}/resource`);
  await ready(visitor, "/resource");
  await openViews(visitor);
  const pinned = visitor.getByRole("region", { name: "For everybody" });
  await expect(pinned.getByRole("link", { name: "Holds" })).toBeVisible();
  await expect(pinned.getByRole("button")).toHaveCount(0);
  await visitor.keyboard.press("Escape");
  await visitor.waitForFunction(() => localStorage.getItem("mes.views.pinned")?.includes("Holds"));
  await visitor.waitForLoadState("networkidle");
  await stop();
  await openViews(visitor);
  await pinned.getByRole("link", { name: "Holds" }).click();
  await expect(visitor).toHaveURL(/\/wip-overview\?status=HOLD/);
  await visitor.context().close();
});

/** The packages of 700 choices, most of which no lot has. */
const CHOSEN = 700;

test("700 chosen values have a short address that shows the same in another browser, and Back works", async ({ page, browser }) => {
  await open(page, "/wip-overview");
  const all = await lots(page, "Total lots");
  const first = await page.evaluate(() => fetch("/api/wip/meta/packages").then((answer) => answer.json()));
  const some = (first.data as { name: string }[]).slice(0, 3).map(({ name }) => name);
  const names = [...some, ...Array.from({ length: CHOSEN - some.length }, (_, n) => `沒有的封裝 ${n}, & 其他`)];
  const query = names.map((name) => `package=${encodeURIComponent(name)}`).join("&");
  await page.goto(`/wip-overview#?${query}`);
  await ready(page, "/wip-overview");
  await expect(page).toHaveURL(/\/wip-overview\?v=[a-z2-7]{20}$/);
  const chosen = await lots(page, "Total lots");
  expect(chosen).toBeGreaterThan(0);
  expect(chosen).toBeLessThan(all);

  const other = await (await browser.newContext()).newPage();
  await other.addInitScript(() => location.origin !== "null" && localStorage.setItem("mes.language", "en"));
  await other.goto(page.url());
  await ready(other, "/wip-overview");
  await expect(other.getByText(some[0]!).first()).toBeVisible();
  expect(Math.abs((await lots(other, "Total lots")) - (await lots(page, "Total lots")))).toBeLessThan(chosen / 10);
  await other.context().close();

  await figure(page, "Quality hold").click();
  await expect(page).toHaveURL(/\?v=[a-z2-7]{20}$/);
  await page.goBack();
  await expect(figure(page, "Quality hold")).toHaveAttribute("aria-pressed", "false");
  expect(await lots(page, "Total lots")).toBeLessThan(all);
});

test("a code that is not kept is told with the way back", async ({ page, problems }) => {
  problems.expect(/status of 404/);
  await page.goto("/wip-overview?v=nothing");
  await expect(page.getByRole("heading", { name: "The choices of this address are not kept any more" })).toBeVisible();
  await expectUsable(page);
  await page.getByRole("link", { name: "Open the page without choices" }).click();
  await ready(page, "/wip-overview");
  await expect(page).toHaveURL(/\/wip-overview$/);
});

test("a kiosk shows its pages in turn, in large type, with the address's theme, and Esc ends it", async ({ page }) => {
  await page.setViewportSize({ width: 1920, height: 1080 });
  await open(page, "/wip-overview?status=HOLD");
  await save(page, "Holds");
  await dialog(page).getByRole("button", { name: "Start kiosk…" }).click();
  const kiosk = page.getByRole("dialog", { name: "Kiosk" });
  await expect(kiosk.getByText("Choose at least one view or page.")).toBeVisible();
  await kiosk.getByLabel("Holds").check();
  await kiosk.getByLabel("Equipment", { exact: true }).check();
  await kiosk.getByLabel("Seconds per page").fill("5");
  await kiosk.getByLabel("Theme").selectOption("dark");
  await expectUsable(page);
  await kiosk.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/kiosk=5/);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect(page.getByRole("navigation")).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Filters" }).getByRole("combobox")).toHaveCount(0);
  const cell = page.getByRole("grid").first().getByRole("rowheader").first();
  const height = await cell.evaluate(
    (element) => Number.parseFloat(getComputedStyle(element).fontSize) * (element as HTMLElement).currentCSSZoom,
  );
  expect(height, "px, for 4 m").toBeGreaterThanOrEqual(23);

  await expect(page).toHaveURL(/\/resource\?.*kiosk=5/);
  await expect(page).toHaveURL(/\/wip-overview\?.*status=HOLD.*kiosk=5|\/wip-overview\?.*kiosk=5.*status=HOLD/);
  await page.reload();
  await expect(page.getByRole("button", { name: "Leave the kiosk (Esc)" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/\/(wip-overview\?status=HOLD|resource)$/);
  await expect(page.getByRole("navigation")).toBeVisible();
});

test("updates are paused and resumed; the help lists shortcuts and switches single keys off", async ({ page }) => {
  await open(page, "/wip-overview");
  await page.getByRole("button", { name: "Pause updates" }).click();
  await expect(dataAge(page)).toHaveAttribute("data-level", "held");
  const total = await numberOf(figure(page, "Total lots").getByRole("strong"));
  await expect(dataAge(page)).toHaveText(/Paused at [\d:]+ · [1-9]\d* updates waiting/);
  expect(await lots(page, "Total lots")).toBe(total);
  await page.getByRole("button", { name: "Resume updates" }).click();
  await expect(dataAge(page)).toHaveAttribute("data-level", "live");

  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
  await expect(help.getByRole("row", { name: /Ctrl\+K/ })).toBeVisible();
  await help.getByRole("switch").uncheck();
  await expectUsable(page);
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("dialog", { name: "Search" })).toBeVisible();
});
