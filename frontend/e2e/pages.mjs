// Pages and drawers: what administrators change, who sees it, and what no change may do to a page.
import assert from "node:assert/strict";

import { openPage } from "./browser.mjs";
import { fitsAndIsAccessible, ready, until } from "./checks.mjs";
import { asVisitor, signIn, signOut } from "./session.mjs";

/** An administrator without a browser, who signs in again when somebody has signed them out everywhere. */
async function administrator(origin, password) {
  const json = { "content-type": "application/json" };
  let headers = json;
  async function signedIn() {
    const answer = await fetch(`${origin}/api/session`, {
      method: "POST",
      headers: json,
      body: JSON.stringify({ username: "admin", password }),
    });
    assert.equal(answer.status, 200);
    headers = { ...json, cookie: answer.headers.get("set-cookie").split(";")[0], "x-csrf-token": (await answer.json()).data.csrf_token };
  }
  async function read() {
    let answer = await fetch(`${origin}/admin/api/pages`, { headers });
    if (answer.status === 401) {
      await signedIn();
      answer = await fetch(`${origin}/admin/api/pages`, { headers });
    }
    return (await answer.json()).data;
  }
  async function change(edit) {
    const layout = await read();
    edit(layout.drawers);
    const put = await fetch(`${origin}/admin/api/pages`, { method: "PUT", headers, body: JSON.stringify(layout) });
    assert.equal(put.status, 200, await put.text());
  }
  return { read, change };
}

/** Runs `action` and puts the layout back as it was. */
async function restoring(admin, action) {
  const { drawers } = await admin.read();
  try {
    await action();
  } finally {
    await admin.change((now) => now.splice(0, now.length, ...drawers));
  }
}

const labels = (page) => page.locator("nav .label").allInnerTexts();
const links = (page) => page.locator("nav .drawers a").allInnerTexts();
const said = (page) => page.locator('.page > [role="status"]').innerText();

export const pageChecks = {
  async "Navigation: drawers are labelled groups, the current page is marked, a phone has them behind a button"(context, origin) {
    const { page, problems } = await asVisitor(context, { language: "en" });
    await page.goto(origin);
    await page.waitForURL(/\/wip-overview/);
    await ready(page, "wip-overview");
    assert.deepEqual(await labels(page), ["Production", "Machines"]);
    assert.deepEqual(await links(page), ["WIP overview", "QC gate", "Equipment", "Equipment history", "Maintenance jobs"]);
    const group = page.getByRole("list", { name: "Machines" });
    assert.equal(await group.getByRole("link").count(), 3);
    assert.equal(await page.locator('nav [aria-current="page"]').innerText(), "WIP overview");
    await group.getByRole("link", { name: "Equipment", exact: true }).click();
    await page.waitForURL(/\/resource/);
    assert.equal(await page.locator('nav [aria-current="page"]').innerText(), "Equipment");
    await page.setViewportSize({ width: 390, height: 800 });
    const toggle = page.locator("nav .toggle");
    assert.equal(await toggle.getAttribute("aria-expanded"), "false");
    assert.ok(!(await group.isVisible()));
    await toggle.focus();
    await page.keyboard.press("Enter");
    assert.equal(await toggle.getAttribute("aria-expanded"), "true");
    await fitsAndIsAccessible(page, "the open navigation at 390");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    assert.ok(!(await group.isVisible()));
    assert.ok(await toggle.evaluate((button) => button === document.activeElement), "the keyboard is back at the button");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "Equipment history" }).click();
    await page.waitForURL(/\/resource-history/);
    await until("the list closes", async () => !(await group.isVisible()));
    assert.deepEqual(problems, []);
    await page.close();
  },

  async "Pages: names, order, drawers and states by keyboard; everybody sees them after saving"(context, origin, password) {
    const admin = await administrator(origin, password);
    await restoring(admin, async () => {
      const { page, problems } = await asVisitor(context, { language: "en" });
      await page.goto(`${origin}/admin/pages`);
      await page.getByText("This page is for administrators.").waitFor();
      // The refusal is what this is about.
      problems.length = 0;
      await signIn(page, origin, password, "/admin/pages");
      await page.locator("[data-drawer]").first().waitFor();
      for (const [width, theme] of [
        [1440, "light"],
        [1440, "dark"],
        [390, "light"],
        [390, "dark"],
      ]) {
        await page.setViewportSize({ width, height: 900 });
        await page.locator(".tools select").first().selectOption(theme);
        await fitsAndIsAccessible(page, `the pages page at ${width} ${theme}`);
      }
      await page.setViewportSize({ width: 1440, height: 900 });
      const save = page.getByRole("button", { name: "Save", exact: true });
      assert.ok(await save.isDisabled(), "there is nothing to save");

      const up = page.getByRole("button", { name: "Move Equipment history up" });
      await up.focus();
      await page.keyboard.press("Enter");
      assert.equal(await said(page), "Equipment history is at place 1 of 4.");
      assert.ok(await up.evaluate((button) => button === document.activeElement), "the keyboard stays");
      await page.keyboard.press("Enter");
      assert.equal(await said(page), "Equipment history is at place 1 of 4.", "there is no place above");
      await page.getByRole("button", { name: "Move Machines up" }).click();
      await page.getByRole("button", { name: "Add a drawer" }).click();
      await page.keyboard.type("新的");
      await page.locator("[data-drawer]").last().locator("input").nth(1).fill("Fresh & <b>new</b>");
      await page.getByRole("combobox", { name: "Drawer WIP overview" }).selectOption({ label: "Fresh & <b>new</b>" });
      assert.equal(await said(page), "WIP overview is in the drawer Fresh & <b>new</b> now.");
      await page.getByRole("combobox", { name: "Drawer QC gate" }).selectOption({ label: "Fresh & <b>new</b>" });
      await page.getByRole("button", { name: "Remove Production" }).click();
      assert.equal(await page.locator('[data-drawer="production"]').count(), 0);
      await page.getByRole("switch", { name: /Equipment;/ }).press("Space");

      const name = page.locator('[data-drawer="machines"] .row').first().locator("input").nth(1);
      await name.fill(" ");
      await save.click();
      await page.getByText("Every drawer and every page needs a name in both languages.").waitFor();
      assert.ok(await name.evaluate((field) => field === document.activeElement));
      await name.fill("Hours");

      let asked = "";
      page.once("dialog", (dialog) => {
        asked = dialog.message();
        void dialog.dismiss();
      });
      await page.getByRole("link", { name: "Operation" }).click();
      assert.match(asked, /unsaved changes/);
      assert.match(page.url(), /\/admin\/pages$/);
      await save.click();
      await until("it is saved", async () => (await said(page)) === "Saved.");
      assert.deepEqual(await labels(page), ["Machines", "Administration", "Fresh & <b>new</b>"]);
      assert.deepEqual(
        (await links(page)).map((link) => link.replace(/\s+/g, " ")),
        ["Hours", "Equipment dev", "Maintenance jobs", "Tables", "Data quality", "Operation", "Pages", "WIP overview", "QC gate"],
      );

      const { page: visitor, problems: others } = await openPage(context, { language: "zh-TW" });
      await signOut(page);
      await visitor.goto(`${origin}/wip-overview`);
      await ready(visitor, "wip-overview");
      assert.deepEqual(await labels(visitor), ["機台", "新的"]);
      assert.deepEqual(await links(visitor), ["設備歷史", "維修工單", "WIP 總覽", "QC 關卡"]);
      assert.deepEqual(others, []);
      const answer = await visitor.goto(`${origin}/resource`);
      assert.equal(answer.status(), 404);
      await visitor.getByRole("heading", { name: "404" }).waitFor();
      await visitor.close();
      assert.deepEqual(problems, []);
      await page.close();
    });
  },

  async "Pages: of two administrators the later one is shown both sides and loses nothing"(context, origin, password) {
    const admin = await administrator(origin, password);
    await restoring(admin, async () => {
      const { page } = await asVisitor(context, { language: "en" });
      await signIn(page, origin, password, "/admin/pages");
      const mine = page.locator('[data-drawer="production"] .head input').nth(1);
      await mine.fill("Mine");
      await admin.change((drawers) => (drawers[1].name.en = "Theirs"));
      const save = page.getByRole("button", { name: "Save", exact: true });
      await save.click();
      const notice = page.locator(".conflict");
      await notice.waitFor();
      assert.match(await notice.innerText(), /admin has changed the pages[^]*renamed[^]*Theirs[^]*renamed[^]*Mine/);
      assert.equal(await mine.inputValue(), "Mine");
      await fitsAndIsAccessible(page, "the conflict");
      // A reload keeps both as well.
      page.once("dialog", (dialog) => void dialog.accept());
      await page.reload();
      await notice.waitFor();
      assert.equal(await mine.inputValue(), "Mine");
      await page.getByRole("button", { name: "Overwrite the saved version with mine" }).click();
      await until("it is saved", async () => (await said(page)) === "Saved.");
      const names = (await admin.read()).drawers.map((drawer) => drawer.name.en);
      assert.deepEqual(names.slice(0, 2), ["Mine", "Machines"]);

      await mine.fill("Mine again");
      await admin.change((drawers) => (drawers[1].name.en = "Theirs again"));
      await save.click();
      await page.getByRole("button", { name: "Load the saved version, discard mine" }).click();
      await until(
        "theirs",
        async () => (await page.locator('[data-drawer="machines"] .head input').nth(1).inputValue()) === "Theirs again",
      );
      assert.equal(await mine.inputValue(), "Mine");
      await signOut(page);
      await page.close();
    });
  },

  async "Pages: hostile names are shown as they are and run nothing"(context, origin, password) {
    const admin = await administrator(origin, password);
    await restoring(admin, async () => {
      const drawer = "</script><img src=x onerror=hit()>";
      const name = "<!--<script>hit()//\u2028&lt;";
      await admin.change((drawers) => {
        drawers[0].name = { "zh-TW": drawer, en: drawer };
        drawers[0].pages[0].name = { "zh-TW": name, en: name };
      });
      const { page, problems } = await asVisitor(context, { language: "en" });
      await page.addInitScript(() => {
        window.broken = [];
        window.hit = () => window.broken.push("a script ran");
        document.addEventListener("securitypolicyviolation", (event) => window.broken.push(event.violatedDirective));
      });
      const answer = await page.goto(`${origin}/wip-overview`);
      const html = await answer.text();
      assert.ok(!html.includes("<img") && !html.includes("<!--") && !html.includes("\u2028"), html);
      await ready(page, "wip-overview");
      assert.equal(await page.locator("nav .label").first().textContent(), drawer);
      assert.equal(await page.locator("nav .drawers a").first().textContent(), name);
      assert.equal(await page.locator("img").count(), 0);
      assert.equal(await page.evaluate(() => JSON.parse(document.getElementById("boot").textContent).pages.drawers[0].name.en), drawer);
      assert.deepEqual(await page.evaluate(() => window.broken), []);
      assert.deepEqual(problems, []);
      await page.close();
    });
  },
};
