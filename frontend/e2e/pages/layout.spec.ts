// Navigation, and pages and drawers: what administrators change, who sees it, and what no change may do to a page.
import type { Locator, Page } from "@playwright/test";

import { expect, test as base } from "../fixtures.ts";
import { expectUsable, expectUsableIn, link, open, openMenu, ready, signIn, signOut, visit } from "../parts.ts";

interface Drawer {
  id: string;
  name: Record<"en" | "zh-TW", string>;
  pages: { path: string; name: Record<"en" | "zh-TW", string>; state: string }[];
}

/** An administrator without a browser. */
interface Administrator {
  read(): Promise<{ drawers: Drawer[] }>;
  change(edit: (drawers: Drawer[]) => void): Promise<void>;
}

const test = base.extend<{ admin: Administrator }>({
  /** Leaves the layout as it was. */
  admin: async ({ demo, playwright }, use) => {
    const api = await playwright.request.newContext({ baseURL: demo.origin });
    let token = "";
    const read = async () => {
      let answer = await api.get("/admin/api/pages");
      // Not yet signed in, or signed out everywhere.
      if (answer.status() === 401) {
        const session = await api.post("/api/session", { data: { username: "admin", password: demo.password } });
        expect(session.status()).toBe(200);
        token = (await session.json()).data.csrf_token;
        answer = await api.get("/admin/api/pages");
      }
      return (await answer.json()).data;
    };
    const change = async (edit: (drawers: Drawer[]) => void) => {
      const layout = await read();
      edit(layout.drawers);
      const put = await api.put("/admin/api/pages", { data: layout, headers: { "x-csrf-token": token } });
      expect(put.status(), await put.text()).toBe(200);
    };
    const { drawers } = await read();
    await use({ read, change });
    await change((now) => now.splice(0, now.length, ...drawers));
    await api.dispose();
  },
});

const navigation = (page: Page) => page.getByRole("navigation");
const links = (page: Page) => navigation(page).getByRole("link", { includeHidden: true });

/** The drawers as a reader of a role is told. */
async function drawersOf(page: Page): Promise<Drawer[]> {
  return (await (await page.request.get("/api/pages")).json()).data.drawers;
}

/** The navigation has these drawers as menus with these pages. */
async function expectDrawers(page: Page, drawers: Drawer[], language: "en" | "zh-TW"): Promise<void> {
  await expect(navigation(page).getByRole("button")).toHaveText(drawers.map(({ name }) => name[language]));
  const pages = drawers.flatMap((drawer) => drawer.pages);
  await expect(links(page)).toHaveText(pages.map(({ name, state }) => `${name[language]}${state === "dev" ? "dev" : ""}`));
}

/** The drawer at a place; its name changes while it is typed. */
const drawerAt = (page: Page, place: number) => page.getByRole("region", { name: /^Drawer / }).nth(place);
const englishName = (drawer: Locator) => drawer.getByLabel("Drawer, English");
const saveButton = (page: Page) => page.getByRole("button", { name: "Save", exact: true });

async function expectSaid(page: Page, text: string): Promise<void> {
  await expect(page.getByRole("main").getByRole("status").first()).toHaveText(text);
}

base("drawers are menus of links, the current page is marked, a phone has them behind one button", async ({ page }) => {
  await open(page, "/");
  await expectDrawers(page, await drawersOf(page), "en");
  const menu = navigation(page).getByRole("button", { name: "Machines", exact: true });
  const machines = page.getByRole("list", { name: "Machines" });
  await expect(menu).toHaveAttribute("aria-expanded", "false");
  await expect(machines).toBeHidden();
  await menu.focus();
  await page.keyboard.press("Enter");
  await expect(menu).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("Tab");
  await expect(machines.getByRole("link").first()).toBeFocused();
  await expectUsable(page);
  await page.keyboard.press("Escape");
  await expect(machines).toBeHidden();
  await expect(menu).toBeFocused();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1 }).click();
  await expect(machines, "a click elsewhere closes it").toBeHidden();
  await page.keyboard.press("Enter");
  await menu.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Shift+Tab");
  await expect(machines, "the focus elsewhere closes it").toBeHidden();

  await openMenu(page, "Home");
  await expect(link(page, "Home")).toHaveAttribute("aria-current", "page");
  await visit(page, "Equipment");
  await page.waitForURL(/\/resource/);
  await expect(machines).toBeHidden();
  await expect(menu).toHaveAttribute("aria-current", "true");
  await expect(link(page, "Equipment")).toHaveAttribute("aria-current", "page");
  await expect(link(page, "Home")).not.toHaveAttribute("aria-current");

  await page.setViewportSize({ width: 390, height: 800 });
  const toggle = navigation(page).getByRole("button", { name: /^All pages/ });
  await expect(toggle).toHaveAttribute("aria-expanded", "false");
  await expect(machines).toBeHidden();
  await toggle.focus();
  await page.keyboard.press("Enter");
  await expect(toggle).toHaveAttribute("aria-expanded", "true");
  await expect(machines).toBeVisible();
  await expectUsable(page);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  await expect(machines).toBeHidden();
  await expect(toggle).toBeFocused();
  await page.keyboard.press("Enter");
  await link(page, "Equipment history").click();
  await page.waitForURL(/\/resource-history/);
  await expect(machines).toBeHidden();
});

test("any number of drawers with any names takes one line", async ({ page, admin }) => {
  await open(page, "/wip-overview");
  const heightAt = async (width: number) => {
    await page.setViewportSize({ width, height: 900 });
    return (await page.getByRole("banner").boundingBox())!.height;
  };
  const all = navigation(page).getByRole("button", { name: /^All pages/ });
  for (const width of [1440, 1024, 768]) expect(await heightAt(width), `${width} px`).toBeLessThan(64);
  await expect(all, "two menus don't fit beside the tools").toBeVisible();
  await page.setViewportSize({ width: 1440, height: 900 });
  await expect(all).toHaveCount(0);

  // A drawer for each page.
  await admin.change((drawers) => {
    const pages = drawers.flatMap((drawer) => drawer.pages);
    const drawerOf = (page: Drawer["pages"][number], place: number) => ({ id: `one-${place}`, name: { ...page.name }, pages: [page] });
    drawers.splice(0, drawers.length, ...pages.map(drawerOf));
    drawers[0]!.name.en = "Wire bonding of the lead frames, area 12";
  });
  await page.reload();
  await ready(page, "/wip-overview");
  for (const width of [1440, 1024, 768]) expect(await heightAt(width), `${width} px`).toBeLessThan(64);
  await page.setViewportSize({ width: 1440, height: 900 });
  await visit(page, "Equipment history");
  await page.waitForURL(/\/resource-history/);
});

test("names, order, drawers and states by keyboard; everybody sees them after saving", async ({ page, admin, demo, context, problems }) => {
  test.setTimeout(150_000);
  const { drawers: before } = await admin.read();
  const placesOf = (path: string) => before.find(({ pages }) => pages.some((one) => one.path === path))!.pages.length;
  problems.expect(/status of 40[134]/);
  await page.goto("/admin/pages");
  await expect(page.getByText("This page is for administrators.")).toBeVisible();
  await signIn(page, demo.origin, demo.password, "/admin/pages");
  await expect(drawerAt(page, 0)).toBeVisible();
  await expectUsableIn(page, [
    [1440, "light"],
    [1440, "dark"],
    [390, "light"],
    [390, "dark"],
  ]);
  await expect(saveButton(page), "there is nothing to save").toBeDisabled();

  const up = page.getByRole("button", { name: "Move Equipment history up" });
  await up.focus();
  await page.keyboard.press("Enter");
  await expectSaid(page, `Equipment history is at place 1 of ${placesOf("/resource-history")}.`);
  await expect(up, "the keyboard stays").toBeFocused();
  await page.keyboard.press("Enter");
  await expectSaid(page, `Equipment history is at place 1 of ${placesOf("/resource-history")}.`);
  await page.getByRole("button", { name: "Move Machines up" }).click();
  await page.getByRole("button", { name: "Add a drawer" }).click();
  await page.keyboard.type("新的");
  await englishName(drawerAt(page, before.length)).fill("Fresh & <b>new</b>");
  const production = before[0]!.pages.map(({ name }) => name.en);
  for (const name of production) {
    await page.getByRole("combobox", { name: `Drawer ${name}`, exact: true }).selectOption({ label: "Fresh & <b>new</b>" });
    await expectSaid(page, `${name} is in the drawer Fresh & <b>new</b> now.`);
  }
  await page.getByRole("button", { name: "Remove Production" }).click();
  await expect(page.getByRole("region", { name: "Drawer Production" })).toHaveCount(0);
  await page.getByRole("switch", { name: /Equipment;/ }).press("Space");

  const name = page.getByRole("textbox", { name: "Name, English /resource-history" });
  await name.fill(" ");
  await saveButton(page).click();
  await expect(page.getByText("Every drawer and every page needs a name in both languages.")).toBeVisible();
  await expect(name).toBeFocused();
  await name.fill("Hours");

  let asked = "";
  page.once("dialog", (dialog) => {
    asked = dialog.message();
    void dialog.dismiss();
  });
  await visit(page, "Operation");
  await expect.poll(() => asked).toMatch(/unsaved changes/);
  await expect(page).toHaveURL(/\/admin\/pages$/);
  await saveButton(page).click();
  await expectSaid(page, "Saved.");
  const { drawers: after } = await admin.read();
  expect(after.map(({ name }) => name.en)).toEqual(["Machines", ...before.slice(2).map(({ name }) => name.en), "Fresh & <b>new</b>"]);
  expect(after.at(-1)!.pages.map(({ name }) => name.en)).toEqual(production);
  expect(after[0]!.pages.slice(0, 2)).toMatchObject([{ name: { en: "Hours" } }, { path: "/resource", state: "dev" }]);
  await expectDrawers(page, after, "en");

  await signOut(page, "Sign out everywhere");
  const visitor = await context.newPage();
  await visitor.addInitScript(() => localStorage.setItem("mes.language", "zh-TW"));
  await open(visitor, "/wip-overview");
  await expectDrawers(visitor, await drawersOf(visitor), "zh-TW");
  await expect(link(visitor, "設備歷史")).toHaveCount(1);
  await expect(link(visitor, "設備")).toHaveCount(0);
  const answer = await visitor.goto("/resource");
  expect(answer?.status()).toBe(404);
  await expect(visitor.getByRole("heading", { name: "404" })).toBeVisible();
});

test("of two administrators the later one is shown both sides and loses nothing", async ({ page, admin, demo, problems }) => {
  problems.expect(/status of 409/);
  await signIn(page, demo.origin, demo.password, "/admin/pages");
  const mine = englishName(drawerAt(page, 0));
  await mine.fill("Mine");
  await admin.change((drawers) => (drawers[1]!.name.en = "Theirs"));
  await saveButton(page).click();
  const conflict = page.getByRole("alert").filter({ hasText: "admin has changed the pages in the meantime" });
  await expect(conflict).toHaveText(/renamed.*Theirs.*renamed.*Mine/s);
  await expect(mine).toHaveValue("Mine");
  await expectUsable(page);
  // A reload keeps both as well.
  page.once("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await expect(conflict).toBeVisible();
  await expect(mine).toHaveValue("Mine");
  await page.getByRole("button", { name: "Overwrite the saved version with mine" }).click();
  await expectSaid(page, "Saved.");
  const names = (await admin.read()).drawers.map((drawer) => drawer.name.en);
  expect(names.slice(0, 2)).toEqual(["Mine", "Machines"]);

  await mine.fill("Mine again");
  await admin.change((drawers) => (drawers[1]!.name.en = "Theirs again"));
  await saveButton(page).click();
  await page.getByRole("button", { name: "Load the saved version, discard mine" }).click();
  await expect(englishName(drawerAt(page, 1))).toHaveValue("Theirs again");
  await expect(mine).toHaveValue("Mine");
});

test("a page that is hidden has no figure on the home page, and without that one begins at the first page", async ({ page, admin }) => {
  const hide = (path: string) =>
    admin.change((drawers) => {
      for (const { pages } of drawers) for (const one of pages) if (one.path === path) one.state = "dev";
    });
  await hide("/qc-gate");
  await open(page, "/");
  const figures = page.getByRole("list", { name: "Lots" }).getByRole("link");
  await expect(figures.filter({ hasText: "Running" })).toHaveCount(1);
  await expect(figures.filter({ hasText: "At QC gates" })).toHaveCount(0);
  await hide("/");
  const answer = await page.goto("/");
  expect(answer?.status()).toBe(200);
  await page.waitForURL(/\/wip-overview$/);
  await ready(page, "/wip-overview");
});

test("hostile names are shown as they are and run nothing", async ({ page, admin }) => {
  const drawer = "</script><img src=x onerror=hit()>";
  const name = "<!--<script>hit()//\u2028&lt;";
  await admin.change((drawers) => {
    drawers[0]!.name = { "zh-TW": drawer, en: drawer };
    drawers[0]!.pages[0]!.name = { "zh-TW": name, en: name };
  });
  const hits: string[] = [];
  await page.exposeFunction("hit", (what = "a script ran") => hits.push(what));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ violatedDirective }) => Reflect.get(window, "hit")(violatedDirective));
  });
  const answer = await page.goto("/wip-overview");
  const html = (await answer?.text()) ?? "";
  expect(html).toContain('id="initial-data"');
  for (const harmful of ["<img", "<!--", "\u2028"]) expect(html).not.toContain(harmful);
  await ready(page, "/wip-overview");
  expect(await navigation(page).getByText("</script>").textContent()).toBe(drawer);
  expect(await links(page).first().textContent()).toBe(name);
  await expect(page.locator("img")).toHaveCount(0);
  const initialData = JSON.parse((await page.locator("#initial-data").textContent()) ?? "");
  expect(initialData.pages.drawers[0].name.en).toBe(drawer);
  expect(hits).toEqual([]);
});
