// Who comes in, who does not, and what administrators see and do.
import type { Cookie, Page } from "@playwright/test";

import { expect, test } from "../fixtures.ts";
import { expectUsable, expectUsableIn, fillSignIn, open, rows, signIn, signOut, userMenu } from "../parts.ts";

/** Who a session cookie stands for. */
async function userOf(origin: string, { name, value }: Pick<Cookie, "name" | "value">): Promise<string | undefined> {
  const answer = await fetch(`${origin}/api/session`, { headers: { cookie: `${name}=${value}` } });
  return (await answer.json()).data.user?.name;
}

test("tables are refused to visitors with the reason; an engineer filters by a column", async ({ page, demo, problems }) => {
  problems.expect(/status of 40[13]/);
  await page.goto("/tables");
  await expect(page.getByText(/^Engineers and administrators/)).toBeVisible();
  // At once: a message would go after a while.
  expect(await page.getByRole("log", { name: "Requests" }).getByRole("listitem").count(), "the page says it").toBe(0);
  await signIn(page, demo.origin, demo.password, "/tables");
  await expect(rows(page.getByRole("grid")).first()).toBeVisible();
  await page.getByLabel("Add filter").selectOption("LOTID");
  await page.getByLabel("LOTID", { exact: true }).fill("no such lot");
  await expect(page.getByText("No row has these texts.")).toBeVisible();
  await expect(page).toHaveURL(/where\.LOTID=/);
});

test("a wrong password is told, the right one leads back, and out again", async ({ page, context, demo, problems }) => {
  const session = async () => (await context.cookies()).find(({ name }) => name.endsWith("mes_session"));
  await open(page, "/resource");
  await page.getByRole("banner").getByRole("link", { name: "Sign in" }).click();
  await page.waitForURL(/\/admin\/login\?next=%2Fresource/);
  await expectUsable(page);
  problems.expect(/status of 401/);
  await fillSignIn(page, "wrong");
  await expect(page.getByRole("alert")).toBeVisible();
  await expect(page.getByLabel("Name"), "what was typed stays").toHaveValue("admin");
  await expect(page.getByLabel("Password")).toHaveValue("");
  const before = (await context.cookies()).map(({ value }) => value);
  await fillSignIn(page, demo.password);
  await page.waitForURL("/resource");
  await expect(userMenu(page)).toBeVisible();
  const first = await session();
  expect(first).toMatchObject({ httpOnly: true, sameSite: "Lax" });
  expect(before, "the id is new").not.toContain(first!.value);
  expect(await page.evaluate(() => document.cookie), "scripts see no cookie").toBe("");

  // Signing in once more makes another id, and the one before is worth nothing.
  const status = await page.evaluate(
    async (body) => (await fetch("/api/session", { method: "POST", headers: { "content-type": "application/json" }, body })).status,
    JSON.stringify({ username: "admin", password: demo.password }),
  );
  expect(status).toBe(200);
  const second = await session();
  expect(second!.value).not.toBe(first!.value);
  expect(await userOf(demo.origin, first!)).toBeUndefined();
  expect(await userOf(demo.origin, second!)).toBe("admin");
  await page.reload();
  await expect(userMenu(page)).toBeVisible();
  await signOut(page, "Sign out");
  expect(await session()).toBeUndefined();
});

for (const next of [
  "https://example.org/",
  "//example.org/",
  "/\\example.org/",
  "javascript:alert(1)",
  "/%0d%0aLocation: https://example.org",
]) {
  test(`a foreign address to go to is not followed: ${next}`, async ({ page, demo, problems }) => {
    // Where nothing is, the page says so.
    problems.expect(/status of 404/);
    await page.goto(`/admin/login?next=${encodeURIComponent(next)}`);
    await fillSignIn(page, demo.password);
    await page.waitForURL((url) => url.pathname !== "/admin/login");
    expect(new URL(page.url()).origin).toBe(demo.origin);
    await expect(userMenu(page)).toBeVisible();
  });
}

test("operation: visitors are asked to sign in, administrators see and command", async ({ page, demo, problems }) => {
  problems.expect(/status of (401|403|503)/);
  await page.goto("/admin/performance");
  await expect(page.getByText("This page is for administrators.")).toBeVisible();
  await signIn(page, demo.origin, demo.password, "/admin/performance");
  await expect(page.getByRole("heading", { name: "All is well" })).toBeVisible();
  await expect(page.getByRole("img", { name: /^Answers and how long they took/ }).locator("canvas")).toBeVisible();
  await expectUsableIn(page, [
    [1440, "dark"],
    [390, "light"],
  ]);
  const breaker = page.getByRole("region", { name: "Circuit breaker" });
  const confirm = page.getByRole("dialog").getByRole("button", { name: "Do it" });
  await breaker.getByRole("button", { name: "Force open" }).click();
  await expectUsable(page);
  await expect(confirm, "a reason is needed").toBeDisabled();
  await page.getByLabel(/^Reason/).fill("maintenance <b>of</b> the database");
  await confirm.click();
  await expect(breaker.getByText("Open: no calls")).toBeVisible();
  const refused = await page.evaluate(async () => (await fetch("/api/job-query/txn/J1")).json());
  expect(refused.error.code).toBe("CIRCUIT_BREAKER_OPEN");
  await breaker.getByRole("button", { name: "Reset" }).click();
  await page.getByLabel(/^Reason/).fill("done");
  await confirm.click();
  await expect(breaker.getByText("Closed: calls go through")).toBeVisible();
  await page.getByRole("searchbox", { name: "Text, module or request id" }).fill("<b>of</b>");
  const log = page.getByRole("region", { name: "Log", exact: true });
  await expect(log.getByRole("row").filter({ hasText: "maintenance <b>of</b>" }).first()).toBeVisible();
  await log.getByLabel("Level").selectOption("warn");
  await log.getByRole("switch", { name: "Follow" }).click();
  await page.waitForURL(
    ({ searchParams: shown }) => shown.get("text") === "<b>of</b>" && shown.get("level") === "warn" && shown.has("follow"),
  );
  await page.reload();
  await expect(log.getByLabel("Level")).toHaveValue("warn");
  await expect(log.getByRole("switch", { name: "Follow" })).toBeChecked();
  const audit = page.getByRole("region", { name: "What administrators did" }).first();
  await expect(audit.getByRole("row").filter({ hasText: "maintenance <b>of</b> the database" }).first()).toBeVisible();
  const withoutToken = await page.evaluate(async () => {
    const body = JSON.stringify({ action: "reset", reason: "x" });
    const headers = { "content-type": "application/json" };
    return (await fetch("/admin/api/circuit-breaker", { method: "POST", headers, body })).json();
  });
  expect(withoutToken.error.code).toBe("CSRF_INVALID");
});

/** Types a name, lets the session end, and comes back to what was typed. */
async function comeBack(page: Page, origin: string, password: string, idle: () => Promise<void>): Promise<void> {
  await signIn(page, origin, password, "/admin/pages?from=here");
  const name = page
    .getByRole("region", { name: /^Drawer / })
    .first()
    .getByLabel("Drawer, English");
  await name.fill("Typed before the end");
  await idle();
  await expect(page.getByText("The session of admin has ended.")).toBeVisible({ timeout: 60_000 });
  await expect(name).toHaveValue("Typed before the end");
  await expectUsable(page);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Not saved; your changes are still here.")).toBeVisible();
  await page.getByRole("link", { name: "Sign in again" }).click();
  await fillSignIn(page, password);
  await page.waitForURL(`${origin}/admin/pages?from=here`);
  await expect(userMenu(page)).toBeVisible();
  await expect(name).toHaveValue("Typed before the end");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("navigation").getByRole("button", { name: "Typed before the end" })).toBeVisible();
}

test("an idle session ends, which is told; nothing typed is lost, and one comes back to the page", async ({
  serveDemo,
  page,
  context,
  problems,
}) => {
  problems.expect(/status of 401|net::ERR_INTERNET_DISCONNECTED/);
  const { origin, password } = await serveDemo({ SESSION_IDLE_TIMEOUT: "10" });
  await comeBack(page, origin, password, async () => {
    // A page that follows the plant is in use all the time; one without a network is idle.
    await context.setOffline(true);
    await page.waitForTimeout(12_000);
    await context.setOffline(false);
  });
});

test("the longest session ends, which is told; nothing typed is lost, and one comes back to the page", async ({
  serveDemo,
  page,
  problems,
}) => {
  problems.expect(/status of 401/);
  const { origin, password } = await serveDemo({ SESSION_ABSOLUTE_TIMEOUT: "12" });
  await comeBack(page, origin, password, async () => {});
});

test("operation: a session that an administrator ends is over", async ({ page, demo }) => {
  await signIn(page, demo.origin, demo.password, "/admin/performance");
  const other = await fetch(`${demo.origin}/api/session`, {
    method: "POST",
    headers: { "content-type": "application/json", "user-agent": "another browser" },
    body: JSON.stringify({ username: "admin", password: demo.password }),
  });
  const [name, value] = other.headers.get("set-cookie")!.split(";")[0]!.split("=") as [string, string];
  const who = () => userOf(demo.origin, { name, value });
  expect(await who()).toBe("admin");
  await page.reload();
  await page.getByRole("row").filter({ hasText: "another browser" }).getByRole("button", { name: "End session" }).click();
  await expect.poll(who).toBeUndefined();
});
