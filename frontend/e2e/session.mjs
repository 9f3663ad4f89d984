// Who comes in, who does not, and what administrators see and do.
import assert from "node:assert/strict";

import { openPage, startServer } from "./browser.mjs";
import { fitsAndIsAccessible, ready, until } from "./checks.mjs";

async function fill(page, password) {
  await page.locator('input[name="username"]').fill("admin");
  await page.locator('input[name="password"]').fill(password);
  await page.locator("form button").click();
}

/** Signs in through the page and comes back to `next`. */
export async function signIn(page, origin, password, next) {
  await page.goto(`${origin}/admin/login?next=${encodeURIComponent(next)}`);
  await fill(page, password);
  await page.waitForURL(`${origin}${next}`);
}

/** A page of somebody who is not signed in. */
export async function asVisitor(context, options) {
  await context.clearCookies();
  return openPage(context, options);
}

export async function signOut(page) {
  await page.locator(".who").click();
  await page.getByRole("menuitem").last().click();
  await page.locator(".enter").waitFor();
}

export const sessionChecks = {
  async "Tables: refused to visitors with the reason; an engineer filters by a column"(context, origin, password) {
    const { page } = await asVisitor(context, { language: "en" });
    await page.goto(`${origin}/tables`);
    await page.getByText(/Engineers and administrators/).waitFor();
    await signIn(page, origin, password, "/tables");
    await page.locator('[role="grid"] [aria-rowindex="2"]').waitFor();
    await page.getByLabel("Add filter").selectOption("LOTID");
    await page.getByLabel("LOTID", { exact: true }).fill("no such lot");
    await page.getByText("No row has these texts.").waitFor();
    assert.match(page.url(), /where\.LOTID=/);
    await signOut(page);
    await page.close();
  },

  async "Sign-in: a wrong password is told, the right one leads back, and out again"(context, origin, password) {
    const { page, problems } = await asVisitor(context, { language: "en" });
    await page.goto(`${origin}/resource`);
    await ready(page, "resource");
    await page.locator(".enter").click();
    await page.waitForURL(/\/admin\/login\?next=%2Fresource/);
    await fitsAndIsAccessible(page, "the sign-in page");
    await fill(page, "wrong");
    await page.locator('[role="alert"]').waitFor();
    assert.equal(await page.locator('input[name="username"]').inputValue(), "admin", "what was typed stays");
    assert.equal(await page.locator('input[name="password"]').inputValue(), "");
    // The refusal is an answer of 401, which browsers log.
    problems.length = 0;
    const before = (await context.cookies(origin)).map((cookie) => cookie.value);
    const who = async (value) =>
      (await (await fetch(`${origin}/api/session`, { headers: { cookie: `${value.name}=${value.value}` } })).json()).data.user?.name;
    await fill(page, password);
    await page.waitForURL(`${origin}/resource`);
    await page.locator(".who").waitFor();
    const session = (await context.cookies(origin)).find((cookie) => cookie.name.endsWith("mes_session"));
    assert.ok(session?.httpOnly && session.sameSite === "Lax", JSON.stringify(session));
    assert.ok(!before.includes(session.value), "the id is new");
    assert.equal(await page.evaluate(() => document.cookie), "", "scripts see no cookie");
    // Signing in once more makes another id, and the previous one is invalid.
    const status = await page.evaluate(
      (body) =>
        fetch("/api/session", { method: "POST", headers: { "content-type": "application/json" }, body }).then((answer) => answer.status),
      JSON.stringify({ username: "admin", password }),
    );
    const next = (await context.cookies(origin)).find((cookie) => cookie.name.endsWith("mes_session"));
    assert.equal(status, 200);
    assert.notEqual(next?.value, session.value);
    assert.deepEqual([await who(session), await who(next)], [undefined, "admin"]);
    await page.reload();
    await page.locator(".who").waitFor();
    await signOut(page);
    assert.ok(!(await context.cookies(origin)).some((cookie) => cookie.name.endsWith("mes_session")));
    assert.deepEqual(problems, []);
    await page.close();
  },

  async "Sign-in: a foreign address to go to is not followed"(context, origin, password) {
    for (const next of [
      "https://example.org/",
      "//example.org/",
      "/\\example.org/",
      "javascript:alert(1)",
      "/%0d%0aLocation: https://example.org",
    ]) {
      const { page } = await asVisitor(context);
      await page.goto(`${origin}/admin/login?next=${encodeURIComponent(next)}`);
      await fill(page, password);
      await page.waitForURL((url) => url.pathname !== "/admin/login");
      assert.equal(new URL(page.url()).origin, origin, next);
      await signOut(page);
      await page.close();
    }
  },

  async "Operation: visitors are asked to sign in, administrators see and command"(context, origin, password) {
    const { page, problems } = await asVisitor(context, { language: "en" });
    await page.goto(`${origin}/admin/performance`);
    await page.getByText("This page is for administrators.").waitFor();
    // The refusals are what this is about.
    problems.length = 0;
    await signIn(page, origin, password, "/admin/performance");
    await page.locator('.condition[data-status="healthy"]').waitFor();
    await page.locator("canvas").waitFor();
    for (const [width, theme] of [
      [1440, "dark"],
      [390, "light"],
    ]) {
      await page.setViewportSize({ width, height: 900 });
      await page.locator(".tools select").first().selectOption(theme);
      await fitsAndIsAccessible(page, `the operations page at ${width} ${theme}`);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole("button", { name: "Force open" }).click();
    await fitsAndIsAccessible(page, "the question for a reason");
    assert.ok(await page.getByRole("button", { name: "Do it" }).isDisabled(), "a reason is needed");
    await page.getByLabel(/Reason/).fill("maintenance <b>of</b> the database");
    await page.getByRole("button", { name: "Do it" }).click();
    await page.locator('.badge[data-state="OPEN"]').waitFor();
    const refused = await page.evaluate(() => fetch("/api/job-query/txn/J1").then((answer) => answer.json()));
    assert.equal(refused.error.code, "CIRCUIT_BREAKER_OPEN");
    await page.getByRole("button", { name: "Reset" }).click();
    await page.getByLabel(/Reason/).fill("done");
    await page.getByRole("button", { name: "Do it" }).click();
    await page.locator('.badge[data-state="CLOSED"]').waitFor();
    await page.getByRole("searchbox").fill("<b>of</b>");
    await until("the command is in the log", async () =>
      (await page.locator(".log tbody tr").allInnerTexts()).some((text) => text.includes("maintenance <b>of</b>")),
    );
    await until("the command is in the audit log", async () =>
      (await page.locator(".audit tbody tr").allInnerTexts()).some((text) => text.includes("maintenance <b>of</b> the database")),
    );
    const withoutToken = await page.evaluate(() =>
      fetch("/admin/api/circuit-breaker", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"action":"reset","reason":"x"}',
      }).then((answer) => answer.json()),
    );
    assert.equal(withoutToken.error.code, "CSRF_INVALID");
    assert.ok(!problems.some((problem) => /Content Security Policy|page error/.test(problem)), problems.join("\n"));
    await page.close();
  },

  async "Sign-in: a session that ends is told, nothing typed is lost, and one comes back to the page"(context) {
    // A server whose sessions are short; it must be ours.
    if (process.env.MES_BASE_URL) return;
    for (const limits of [{ SESSION_IDLE_TIMEOUT: "10" }, { SESSION_ABSOLUTE_TIMEOUT: "12" }]) {
      const server = await startServer(limits);
      try {
        const { page, problems } = await asVisitor(context, { language: "en" });
        await signIn(page, server.origin, server.password, "/admin/pages?from=here");
        const field = page.locator('[data-drawer="production"] .head input').nth(1);
        await field.fill("Typed before the end");
        // A page that follows the plant is in use all the time; one without a network is idle.
        if ("SESSION_IDLE_TIMEOUT" in limits) {
          const began = Date.now();
          await context.setOffline(true);
          await until("the session is idle for long", () => Date.now() - began > 12_000);
          await context.setOffline(false);
        }
        await until("the end is told", () => page.getByText("The session of admin has ended.").isVisible(), 60_000);
        assert.equal(await field.inputValue(), "Typed before the end");
        await fitsAndIsAccessible(page, "the end of a session");
        problems.length = 0;
        await page.getByRole("button", { name: "Save", exact: true }).click();
        await page.getByText("Not saved; your changes are still here.").waitFor();
        await page.getByRole("link", { name: "Sign in again" }).click();
        await fill(page, server.password);
        await page.waitForURL(`${server.origin}/admin/pages?from=here`);
        await page.locator(".who").waitFor();
        assert.equal(await field.inputValue(), "Typed before the end");
        await page.getByRole("button", { name: "Save", exact: true }).click();
        await page.getByRole("list", { name: "Typed before the end" }).waitFor();
        assert.ok(!problems.some((problem) => /Content Security Policy|page error/.test(problem)), problems.join("\n"));
        await page.close();
      } finally {
        await server.stop();
      }
    }
    await context.clearCookies();
  },

  async "Operation: a session that an administrator ends is over"(context, origin, password) {
    const { page } = await asVisitor(context, { language: "en" });
    await signIn(page, origin, password, "/admin/performance");
    const other = await fetch(`${origin}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "admin", password }),
    });
    const cookie = other.headers.get("set-cookie").split(";")[0];
    const who = async () => (await (await fetch(`${origin}/api/session`, { headers: { cookie } })).json()).data.user?.name;
    assert.equal(await who(), "admin");
    await page.reload();
    await page.getByRole("button", { name: "End session" }).first().click();
    await until("the other session is over", async () => (await who()) === undefined);
    await signOut(page);
    await page.close();
  },
};
