// User actions on the pages, and their expected results.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

import { openPage } from "./browser.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What is there when a page shows data. */
const SIGNS = {
  "wip-overview": [".matrix tbody tr", ".chart canvas"],
  resource: [".tree tbody tr"],
  "resource-history": [".tree tbody tr", ".chart canvas"],
  "qc-gate": ['[role="grid"] [aria-rowindex="2"]'],
  "job-query": [".filters input[type=date]"],
};

/** Waits until a page shows data. */
export async function ready(page, name) {
  for (const sign of SIGNS[name]) await page.waitForSelector(sign);
  await page.waitForFunction(() => document.querySelector('[role="status"][data-level="live"]') !== null);
}

async function open(context, origin, path, options) {
  const { page, problems } = await openPage(context, options);
  await page.goto(`${origin}${path}`);
  await ready(page, path.slice(1).split("?")[0]);
  return { page, problems };
}

/** Nothing is cut off at the side, and axe finds nothing serious. */
export async function fitsAndIsAccessible(page, what) {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(overflow <= 0, `${what} is ${overflow} px too wide`);
  const found = await page.evaluate(`(() => { ${axe}; return axe.run(document, { resultTypes: ["violations"] }); })()`);
  const serious = found.violations.filter((violation) => ["serious", "critical"].includes(violation.impact ?? ""));
  assert.deepEqual(
    serious.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`),
    [],
    what,
  );
}

/** Requests while `action` runs, other than the stream of events, the deltas that follow it, and code of other pages that is fetched ahead. */
async function requestsDuring(page, action) {
  const seen = [];
  const listen = (request) => {
    if (!/\/api\/(events|snapshot\/\w+\?since=)|\/assets\//.test(request.url())) seen.push(request.url());
  };
  page.on("request", listen);
  await action();
  page.off("request", listen);
  return seen;
}

const lots = (page, kpi) =>
  page
    .locator(`[data-kpi="${kpi}"] strong`)
    .innerText()
    .then((text) => Number(text.replace(/[^0-9]/g, "")));

/** Polls a condition; fails with `what` when it does not come true. */
export async function until(what, condition, timeoutMs = 20_000) {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    if (await condition()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  assert.fail(`${what} did not happen within ${timeoutMs} ms`);
}

export const checks = {
  async "WIP: filters answer at once, without a request, and are undone by the back button"(context, origin) {
    const { page, problems } = await open(context, origin, "/wip-overview?");
    const before = await lots(page, "total");
    assert.ok(before > 11_000, `${before} lots`);
    const requests = await requestsDuring(page, async () => {
      await page.locator("input[type=search]").nth(1).fill("GA2611000");
      await until("a narrowed total", async () => (await lots(page, "total")) < before / 10);
      await page.locator("input[type=search]").nth(1).fill("");
      await until("the whole total", async () => (await lots(page, "total")) > before / 2);
      await page.locator('[data-kpi="quality"]').click();
      await page.waitForURL(/status=HOLD&hold_type=quality/);
      await page.getByRole("combobox", { name: /封裝|Package/ }).click();
      await page.locator(".choice").first().click();
      await page.waitForURL(/package=/);
      await page.keyboard.press("Escape");
    });
    assert.deepEqual(requests, []);
    assert.ok((await page.locator(".chips li").count()) >= 2);
    await page.goBack();
    await page.waitForURL((url) => !url.search.includes("package="));
    assert.deepEqual(problems, []);
    await page.close();
  },

  async "WIP: a link brings the whole view back"(context, origin) {
    const { page, problems } = await open(context, origin, "/wip-overview?");
    const name = (await page.locator(".matrix thead th").nth(2).innerText()).trim();
    await page.close();
    const again = await open(context, origin, `/wip-overview?package=${encodeURIComponent(name)}&status=RUN`);
    assert.equal(await again.page.locator('[data-kpi="run"]').getAttribute("aria-pressed"), "true");
    assert.equal(await again.page.locator(".matrix thead th").count(), 3);
    assert.deepEqual([...problems, ...again.problems], []);
    await again.page.close();
  },

  async "WIP: a cell, then a Pareto reason, opens the lots behind it"(context, origin) {
    const { page, problems } = await open(context, origin, "/wip-overview?");
    const requests = await requestsDuring(page, async () => {
      await page.locator(".matrix tbody td.opens").first().click();
      await page.waitForSelector(".side-panel tbody tr");
      await page.keyboard.press("Escape");
      await page.waitForSelector(".side-panel", { state: "detached" });
      await page.locator(".paretos tbody th").first().click();
      await page.waitForSelector(".side-panel .facts");
      assert.ok((await page.locator(".side-panel tbody tr").count()) > 0);
      await page.keyboard.press("Escape");
      await page.waitForSelector(".side-panel", { state: "detached" });
    });
    assert.deepEqual(requests, []);
    assert.deepEqual(problems, []);
    await page.close();
  },

  async "WIP: no lots says which filter removed them and takes it back"(context, origin) {
    const { page, problems } = await open(context, origin, "/wip-overview?");
    await page.locator("input[type=search]").nth(0).fill("(no such order");
    await page.waitForSelector(".empty");
    await page.locator(".empty button").click();
    await page.waitForSelector(".matrix tbody tr");
    assert.deepEqual(problems, []);
    await page.close();
  },

  async "WIP: numbers change by themselves, by deltas"(context, origin) {
    const { page, problems } = await openPage(context);
    const deltas = [];
    page.on("response", (response) => {
      if (response.headers()["x-mes-kind"] === "delta") deltas.push(response.url());
    });
    await page.goto(`${origin}/wip-overview`);
    await ready(page, "wip-overview");
    const before = await page.locator(".matrix tbody").innerText();
    await until("a change of the matrix", async () => (await page.locator(".matrix tbody").innerText()) !== before, 30_000);
    assert.ok(
      deltas.some((url) => url.includes("/wip?")),
      "no delta of the lots came",
    );
    assert.deepEqual(problems, []);
    await page.close();
  },

  async "Equipment: the tree opens, a cell selects at its own level and lets go"(context, origin) {
    const { page, problems } = await open(context, origin, "/resource?");
    const requests = await requestsDuring(page, async () => {
      const listed = () => page.locator(".list [role=grid]").getAttribute("aria-rowcount");
      const all = await listed();
      await page.locator(".level-1 td.opens").first().click();
      await page.waitForURL(/state=PRD/);
      assert.equal(await page.locator(".tree .chosen").count(), 1);
      assert.notEqual(await listed(), all);
      await page.locator(".tree .chosen").click();
      await page.waitForURL((url) => !url.search.includes("state="));
      await page.locator(".level-1 .fold").first().click();
      await page.locator(".level-2 .fold").first().click();
      await page.waitForSelector(".level-3");
      await page.locator(".level-3 .name").first().click();
      await page.waitForSelector(".side-panel .facts");
      await page.keyboard.press("Escape");
      await page.waitForSelector(".side-panel", { state: "detached" });
    });
    assert.deepEqual(requests, []);
    assert.deepEqual(problems, []);
    await page.close();
  },

  async "Equipment: the list scrolls through all machines and sorts"(context, origin) {
    const { page, problems } = await open(context, origin, "/resource?");
    const first = () => page.locator(".list tbody tr").first().innerText();
    const before = await first();
    await page.locator(".list .frame").evaluate((frame) => frame.scrollTo(0, 20_000));
    await until("other rows", async () => (await first()) !== before);
    const lots = page.locator(".list [role=columnheader]").nth(4);
    await lots.click();
    await page.waitForURL(/sort=lots/);
    assert.equal(await lots.getAttribute("aria-sort"), "ascending");
    assert.deepEqual(problems, []);
    await page.close();
  },

  async "History: one request a range; periods, filters and narrower ranges need none"(context, origin) {
    const { page, problems } = await openPage(context, { language: "en" });
    const ranges = [];
    page.on("request", (request) => request.url().includes("/api/snapshot/history") && ranges.push(request.url()));
    await page.goto(`${origin}/resource-history`);
    await ready(page, "resource-history");
    assert.equal(ranges.length, 1, ranges.join("\n"));
    const figure = (name) => page.locator(`[data-kpi="${name}"]`).innerText();
    const [ou, machines] = [await figure("ou"), await figure("machines")];
    const requests = await requestsDuring(page, async () => {
      for (const period of ["Week", "Month", "Year", "Day"]) {
        await page.getByRole("button", { name: period, exact: true }).click();
        await page.waitForURL(new RegExp(`granularity=${period.toLowerCase()}`));
        assert.equal(await figure("ou"), ou, "the sum of all periods is the same");
      }
      await page.getByRole("button", { name: "7 d", exact: true }).click();
      await until("another OU %", async () => (await figure("ou")) !== ou);
      await page.getByRole("combobox", { name: "Workcenter" }).click();
      await page.locator(".choice").first().click();
      await page.keyboard.press("Escape");
      await until("fewer machines", async () => (await figure("machines")) !== machines);
      assert.equal(await page.locator(".level-1").count(), 1);
      await page.locator(".fold").first().click();
      await page.locator(".level-2 .fold").first().click();
      await page.waitForSelector(".level-3");
    });
    assert.deepEqual(requests, []);
    await page.goBack();
    await page.waitForURL((url) => !url.search.includes("workcenter_groups"));
    await page.getByRole("button", { name: "90 d", exact: true }).click();
    await until("a second range", () => ranges.length === 2);
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export as CSV" }).click();
    const text = await readFile(await (await saved).path(), "utf8");
    assert.match(text, /^\ufeffWorkcenter group,.*OU %/);
    assert.ok(text.split("\r\n").length > 1_900, "one line a machine");
    const workbook = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export as Excel" }).click();
    assert.match((await workbook).suggestedFilename(), /^resource-history_.*\.xlsx$/);
    assert.equal((await readFile(await (await workbook).path())).subarray(0, 2).toString(), "PK");
    assert.deepEqual(problems, []);
    await page.close();
  },

  async "History: wrong days are explained and what is shown stays"(context, origin) {
    const { page, problems } = await open(context, origin, "/resource-history?");
    const before = await page.locator('[data-kpi="ou"]').innerText();
    const requests = await requestsDuring(page, async () => {
      await page.goto(`${origin}/resource-history?start_date=2026-11-02&end_date=2026-11-01`);
      await page.locator(".range .problem:not([hidden])").waitFor();
    });
    assert.ok(!requests.some((url) => url.includes("/api/snapshot/history")), "no wrong range is asked for");
    await page.goBack();
    await ready(page, "resource-history");
    await page.locator('input[type="date"]').first().fill("2020-01-01");
    await page.locator(".range .problem:not([hidden])").waitFor();
    assert.equal(await page.locator('[data-kpi="ou"]').innerText(), before);
    assert.deepEqual(problems, []);
    await page.close();
  },

  async "The server going away leaves the page usable and says so"(context, origin) {
    const { page } = await open(context, origin, "/wip-overview?");
    await context.setOffline(true);
    try {
      const before = await lots(page, "total");
      await page.locator('[data-kpi="run"]').click();
      await page.waitForURL(/status=RUN/);
      assert.ok(Math.abs((await lots(page, "total")) - before) < before / 10);
    } finally {
      await context.setOffline(false);
    }
    await page.close();
  },

  async "QC gate: a class lists its lots, without a request"(context, origin) {
    const { page, problems } = await open(context, origin, "/qc-gate?");
    const requests = await requestsDuring(page, async () => {
      const classes = page.locator(".figures button");
      const counts = (await classes.locator("strong").allInnerTexts()).map((text) => Number(text.replace(/[^0-9]/g, "")));
      const place = counts.findIndex((lots) => lots > 0);
      await classes.nth(place).click();
      await page.waitForURL(/range=/);
      await until(
        "the class is listed",
        async () => Number((await page.locator(".card header .hint").first().innerText()).replace(/[^0-9]/g, "")) <= counts[place] + 5,
      );
    });
    assert.deepEqual(requests, []);
    await page.getByRole("grid").focus();
    await page.keyboard.press("End");
    assert.match(await page.getByRole("grid").getAttribute("aria-activedescendant"), /\d+$/);
    assert.deepEqual(problems, []);
    await page.close();
  },

  async "Jobs: the jobs of a group, and what happened to one; too many machines are not asked for"(context, origin) {
    const { page, problems } = await open(context, origin, "/job-query?", { language: "en" });
    await page.getByText(/one question takes at most/).waitFor();
    await page.getByRole("combobox", { name: "Workcenter" }).click();
    await page.locator(".choice").first().click();
    await page.keyboard.press("Escape");
    await page.locator('[role="grid"] [aria-rowindex="2"]').click();
    await page.waitForSelector(".side-panel tbody tr");
    assert.match(page.url(), /job=/);
    await page.keyboard.press("Escape");
    await page.waitForSelector(".side-panel", { state: "detached" });
    assert.deepEqual(problems, []);
    await page.close();
  },

  async "Addresses of the replaced system open what they showed"(context, origin) {
    const { page, problems } = await openPage(context, {});
    await page.goto(`${origin}/wip-detail?workcenter=TMTT`);
    await page.waitForURL(/\/wip-overview\?lots=TMTT/);
    await page.goto(`${origin}/dashboard`);
    await page.waitForURL(/\/resource$/);
    assert.deepEqual(problems, []);
    await page.close();
  },

  async "Every width, theme and language is accessible and fits"(context, origin) {
    for (const path of Object.keys(SIGNS).map((name) => `/${name}?`)) {
      for (const [width, theme, language] of [
        [1440, "light", "zh-TW"],
        [1440, "dark", "en"],
        [390, "light", "en"],
        [390, "dark", "zh-TW"],
      ]) {
        const { page, problems } = await open(context, origin, path, { width, theme, language });
        assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), theme);
        await fitsAndIsAccessible(page, `${path} ${width} ${theme} ${language}`);
        assert.deepEqual(problems, []);
        await page.close();
      }
    }
  },
};
