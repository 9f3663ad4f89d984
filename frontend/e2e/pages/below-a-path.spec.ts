// Below a path of a host: on the server itself, and behind the shipped nginx.
import { expect, test as base } from "../fixtures.ts";
import { startNginx } from "../nginx.ts";
import { dataAge, fillSignIn, open, ready, visit } from "../parts.ts";

/** Starts the shipped nginx in front of a server. */
const test = base.extend<{ proxied: (upstream: string) => Promise<string> }>({
  proxied: async ({}, use) => {
    const stops: (() => Promise<void>)[] = [];
    await use(async (upstream) => {
      const nginx = await startNginx(new URL(upstream).host);
      stops.push(nginx.stop);
      return nginx.origin;
    });
    for (const stop of stops) await stop();
  },
});

test("pages, files, data and links stay there", async ({ serveDemo, page }) => {
  const { origin } = await serveDemo({ BASE_PATH: "/plant/mes" });
  const outside: string[] = [];
  page.on("request", (request) => new URL(request.url()).pathname.startsWith("/plant/mes/") || outside.push(request.url()));
  await open(page, `${origin}/plant/mes/wip-overview`);
  await visit(page, "Equipment");
  await page.waitForURL(`${origin}/plant/mes/resource`);
  await ready(page, "/resource");
  await page.reload();
  await ready(page, "/resource");
  await page.goBack();
  await ready(page, "/wip-overview");
  expect(outside).toEqual([]);
});

test("behind nginx pages, events, sign-in and exports work", async ({ serveDemo, proxied, page, playwright }) => {
  const server = await serveDemo({ BASE_PATH: "/mes", TRUSTED_PROXIES: "1" });
  const host = await proxied(server.origin);
  const origin = `${host}/mes`;
  const outside: string[] = [];
  page.on("request", (request) => !request.url().startsWith(`${origin}/`) && outside.push(request.url()));
  await open(page, `${origin}/wip-overview`);
  const asOf = dataAge(page).getByText(/^Data as of/);
  const before = await asOf.innerText();
  await expect.poll(async () => (await asOf.innerText()) > before, { timeout: 30_000 }).toBe(true);
  await visit(page, "Equipment");
  await page.waitForURL(`${origin}/resource`);
  await ready(page, "/resource");
  await page.reload();
  await ready(page, "/resource");
  await page.goto(`${origin}/admin/login?next=${encodeURIComponent("/admin/performance")}`);
  await fillSignIn(page, server.password);
  await page.waitForURL(`${origin}/admin/performance`);
  expect(outside).toEqual([]);

  /** Sends the form as a browser without Sec-Fetch-Site does, from a page of `from`. */
  const send = async (from: string) => {
    const api = await playwright.request.newContext({ ignoreHTTPSErrors: true, extraHTTPHeaders: { Accept: "text/html" } });
    const shown = await (await api.get(`${origin}/admin/login`)).text();
    const token = /name="csrf_token" value="([^"]+)"/.exec(shown)?.[1] ?? "";
    expect(token).not.toBe("");
    const form = { username: "admin", password: server.password, next: "/resource", csrf_token: token };
    const answer = await api.post(`${origin}/admin/login`, { form, headers: { Origin: from }, maxRedirects: 0 });
    const headers = answer.headersArray();
    const seen = {
      status: answer.status(),
      type: answer.headers()["content-type"],
      location: answer.headers()["location"],
      cookies: headers.filter(({ name }) => name.toLowerCase() === "set-cookie").map(({ value }) => value),
    };
    await api.dispose();
    return seen;
  };
  const own = await send(host);
  expect(own).toMatchObject({ status: 303, location: "/mes/resource" });
  expect(own.cookies).not.toEqual([]);
  for (const cookie of own.cookies) expect(cookie).toContain("Path=/mes");
  const foreign = await send("https://elsewhere.example");
  expect(foreign.status).toBe(403);
  expect(foreign.type).toContain("text/html");

  const file = await page.request.get(`${origin}/api/resource/history/export?start_date=2026-01-01&end_date=2026-01-02`);
  expect(file.status(), await file.text()).toBe(200);
  expect(file.headers()["content-disposition"]).toContain("filename");
  const plain = await page.request.get(`${host}/api/pages`);
  expect(plain.status(), "a path without the prefix works as well").toBe(200);
});
