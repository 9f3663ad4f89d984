// Behind the shipped nginx, below a path, on a port of its own.
import assert from "node:assert/strict";
import { request } from "node:https";

import { openPage, startServer } from "./browser.mjs";
import { ready, until } from "./checks.mjs";
import { startNginx } from "./nginx.mjs";

/** What a program gets that is no browser: status, headers, text. */
function ask(url, { method = "GET", headers = {}, body } = {}) {
  return new Promise((done, failed) => {
    const sent = request(url, { method, headers, rejectUnauthorized: false }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => done({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(parts).toString() }));
    });
    sent.once("error", failed);
    sent.end(body);
  });
}

export const proxyChecks = {
  async "Proxy: below a path behind nginx pages, events, sign-in and exports work"(context) {
    const server = await startServer({ BASE_PATH: "/mes", TRUSTED_PROXIES: "1" });
    const nginx = await startNginx(new URL(server.origin).host);
    const origin = `${nginx.origin}/mes`;
    try {
      await context.clearCookies();
      const { page, problems } = await openPage(context, { language: "en" });
      const outside = [];
      page.on("request", (sent) => !sent.url().startsWith(`${origin}/`) && outside.push(sent.url()));
      await page.goto(`${origin}/wip-overview`);
      await ready(page, "wip-overview");
      await until("the stream of events", async () => (await page.locator(".age").getAttribute("data-level")) === "live", 30_000);
      const before = await page.locator(".age .when").innerText();
      await until("a newer version", async () => (await page.locator(".age .when").innerText()) > before, 30_000);
      await page.locator("nav").getByRole("link", { name: "Equipment", exact: true }).click();
      await page.waitForURL(`${origin}/resource`);
      await page.waitForSelector(".tree tbody tr");
      await page.reload();
      await page.waitForSelector(".tree tbody tr");
      await page.goto(`${origin}/admin/login?next=${encodeURIComponent("/admin/performance")}`);
      await page.locator('input[name="username"]').fill("admin");
      await page.locator('input[name="password"]').fill(server.password);
      await page.locator("form button").click();
      await page.waitForURL(`${origin}/admin/performance`);
      assert.deepEqual(outside, []);
      assert.deepEqual(problems, []);
      await page.close();

      // The form of a browser that sends no Sec-Fetch-Site, from this origin and from another one.
      const form = async (from) => {
        const shown = await ask(`${origin}/admin/login`, { headers: { Accept: "text/html" } });
        const token = /name="csrf_token" value="([^"]+)"/.exec(shown.text)?.[1];
        assert.ok(token, shown.text);
        const cookie = (shown.headers["set-cookie"] ?? []).map((one) => one.split(";")[0]).join("; ");
        const headers = { "Content-Type": "application/x-www-form-urlencoded", Accept: "text/html", Origin: from, Cookie: cookie };
        const body = new URLSearchParams({ username: "admin", password: server.password, next: "/resource", csrf_token: token }).toString();
        return ask(`${origin}/admin/login`, { method: "POST", headers, body });
      };
      const own = await form(nginx.origin);
      assert.equal(own.status, 303, own.text);
      assert.equal(own.headers.location, "/mes/resource");
      assert.ok(
        own.headers["set-cookie"].every((cookie) => cookie.includes("Path=/mes")),
        String(own.headers["set-cookie"]),
      );
      const foreign = await form("https://elsewhere.example");
      assert.equal(foreign.status, 403);
      assert.match(foreign.headers["content-type"], /text\/html/);

      const file = await ask(`${origin}/api/resource/history/export?start_date=2026-01-01&end_date=2026-01-02`);
      assert.equal(file.status, 200, file.text);
      assert.match(file.headers["content-disposition"], /filename/);
      assert.equal((await ask(`${nginx.origin}/api/pages`)).status, 200, "a path without the prefix works as well");
    } finally {
      await nginx.stop();
      await server.stop();
    }
  },
};
