// How long the pages take to answer a click or a key: `node bench/interactions.mjs [--rounds 7] URL [URL]`.
// Every address is a running server; the rounds take turns, so that both see the same machine. Prints
// the median and the worst interaction to next paint, and the median processor time that the page's
// thread spends on it (script, style, layout), which other programs don't lengthen; all in ms.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { chromium } from "@playwright/test";

const { values, positionals: origins } = parseArgs({ allowPositionals: true, options: { rounds: { type: "string", default: "7" } } });
if (origins.length === 0) throw new Error("name the address of a running server");

/** Quiet after an interaction, so that the next one waits for nothing, ms. */
const QUIET_MS = 500;

/** Collects what the browser measures. */
function observe() {
  let longest = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
  }).observe({ type: "event", durationThreshold: 16, buffered: true });
  window.takeLongest = () => {
    const taken = longest;
    longest = 0;
    return taken;
  };
}

/** Processor time of the page's thread so far. */
async function busyMs(client) {
  const { metrics } = await client.send("Performance.getMetrics");
  return 1_000 * metrics.find(({ name }) => name === "TaskDuration").value;
}

const cell = (page) => page.locator(".matrix tbody tr").nth(3).locator("td").nth(2);
const kpi = (page) => page.locator('[data-kpi="run"]');
const choices = (page) => page.locator("[role=combobox]").nth(1);
const options = (page) => page.getByRole("listbox").getByRole("option");
const lotId = (page) => page.locator("input[type=search]").nth(1);
const treeCell = (page) => page.locator(".tree tbody tr").nth(1).locator("td").first();
const escape = (page) => page.keyboard.press("Escape");

/** Path, sign that it is ready, and interactions in an order that leaves the page as it was. */
const PAGES = [
  {
    path: "/wip-overview",
    sign: ".paretos canvas",
    steps: {
      "matrix cell: lots": (page) => cell(page).click(),
      "close the lots": escape,
      "group name: lots": (page) => page.locator(".matrix tbody th").nth(3).click(),
      "close the group": escape,
      "KPI card on": (page) => kpi(page).click(),
      "KPI card off": (page) => kpi(page).click(),
      "a key in Lot ID": async (page) => {
        await lotId(page).focus();
        await page.keyboard.press("7");
      },
      "and back": (page) => page.keyboard.press("Backspace"),
      "open Package": (page) => choices(page).click(),
      "choose a package": (page) => options(page).nth(2).click(),
      "take it back": (page) => options(page).first().click(),
      "open the search": (page) => page.keyboard.press("Control+k"),
      "search: first key": (page) => page.keyboard.press("G"),
      "search: second key": (page) => page.keyboard.press("A"),
      "search: third key": (page) => page.keyboard.press("2"),
      "close the search": escape,
    },
  },
  {
    path: "/resource",
    sign: ".tree tbody tr",
    steps: {
      "tree cell on": (page) => treeCell(page).click(),
      "tree cell off": (page) => treeCell(page).click(),
      "open a machine": (page) => page.locator(".list tbody tr").nth(2).locator("th").click(),
      "close the machine": escape,
    },
  },
  {
    path: "/resource-history",
    sign: ".chart canvas",
    steps: {
      "history: by week": (page) => page.locator(".segments").first().getByRole("button").nth(1).click(),
      "history: by day": (page) => page.locator(".segments").first().getByRole("button").nth(0).click(),
      "history: 7 days": (page) => page.locator("fieldset .segments").getByRole("button").nth(0).click(),
      "history: 30 days": (page) => page.locator("fieldset .segments").getByRole("button").nth(1).click(),
    },
  },
];

async function measure(origin, page, found) {
  const client = await page.context().newCDPSession(page);
  await client.send("Performance.enable", { timeDomain: "threadTicks" });
  await page.addInitScript(observe);
  for (const { path, sign, steps } of PAGES) {
    await page.goto(`${origin}${path}`);
    await page.waitForSelector(sign);
    await page.waitForTimeout(3 * QUIET_MS);
    for (const [name, step] of Object.entries(steps)) {
      await page.evaluate(() => window.takeLongest());
      const before = await busyMs(client);
      await step(page);
      await page.waitForTimeout(QUIET_MS);
      const busy = (await busyMs(client)) - before;
      (found[name] ??= []).push({ paint: await page.evaluate(() => window.takeLongest()), busy });
    }
  }
}

const profile = await mkdtemp(join(tmpdir(), "mes-chromium-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  viewport: { width: 1440, height: 900 },
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
try {
  const found = origins.map(() => ({}));
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const [at, origin] of origins.entries()) {
      const page = await context.newPage();
      await measure(origin, page, found[at]);
      await page.close();
    }
  }
  const middle = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
  const told = (list) => {
    const paints = list.map(({ paint }) => paint);
    return `${middle(paints)} / ${Math.max(...paints)}, ${Math.round(middle(list.map(({ busy }) => busy)))}`;
  };
  for (const name of Object.keys(found[0])) {
    console.log([name.padEnd(20), ...found.map((ofOrigin) => told(ofOrigin[name]).padEnd(18))].join("  "));
  }
} finally {
  await context.close();
  await rm(profile, { recursive: true, force: true });
}
