// How fast the pages are: `node bench/interactions.mjs --server BINARY [--sizes 12000x2000,…] [--rounds 3] [--pages a,b] [--json]`.
// Every page, beside a hand-written one with the same rows in the same run: the interaction to next paint, the longest
// task, the processor time of the page's thread for script, style and layout (which other programs don't lengthen),
// layout shifts, live updates, the cold load and the heap. All times in ms.
// `node bench/interactions.mjs [--rounds 3] [--pages a,b] URL URL` compares two running servers instead; their rounds take turns.
import { parseArgs } from "node:util";

import { inFolder, moving, STILL, whileServing } from "./demo.mjs";
import { PAGES, PATHS, RIVAL } from "./pages.mjs";
import { launch, memory, openPage, settle, timesIn, traced, watch } from "./probe.mjs";
import { compared, figures, table, updates } from "./report.mjs";
import { rowsOf, whileRivalServes } from "./rival.mjs";

const { values, positionals: origins } = parseArgs({
  allowPositionals: true,
  options: {
    server: { type: "string" },
    sizes: { type: "string", default: "12000x2000,100000x10000" },
    rounds: { type: "string", default: "3" },
    pages: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const VIEW = { viewport: { width: 1440, height: 900 }, locale: "en" };
/** Between two updates of the plant while it moves, and how long one looks, ms. */
const UPDATE_MS = 2_000;
const LIVE_MS = 8_000;
/** Cold loads of a page. */
const COLD = 3;

const without = Object.keys(PATHS).filter((name) => !PAGES[name]);
if (without.length > 0) throw new Error(`bench/pages.mjs has no steps of ${without.join(", ")}`);
const chosen = Object.keys(PAGES).filter((name) => !values.pages || values.pages.split(",").includes(name));

/** Cookies of an administrator; none where the page needs no name. */
async function signedIn(browser, { origin, password }, { isSignedIn }) {
  if (!isSignedIn) return undefined;
  const context = await browser.newContext(VIEW);
  const page = await context.newPage();
  await page.goto(`${origin}/admin/login`);
  await page.getByLabel("Name").fill("admin");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/admin/login");
  const state = await context.storageState();
  await context.close();
  return state;
}

/** Takes the steps one after the other; `found` collects what each costs. One that can't be taken is told and ends the round. */
async function walk(opened, steps, found) {
  const { page } = opened;
  for (const [name, step] of Object.entries(steps)) {
    try {
      await step.prepare?.(page);
      await settle(page, 100);
      const seen = await watch(opened, async () => {
        await step.act(page);
        await settle(page);
      });
      (found[name] ??= []).push(seen);
    } catch (problem) {
      found[name] ??= [];
      console.error(`${new URL(page.url()).pathname}, ${name}: ${String(problem).split("\n").slice(0, 2).join(" ")}`);
      return;
    }
  }
}

/** A page that shows its data and has fetched everything ahead. */
async function open(browser, server, address, entry) {
  const context = await browser.newContext({ ...VIEW, storageState: await signedIn(browser, server, entry) });
  const opened = await openPage(context);
  await opened.page.goto(`${server.origin}${address}`);
  await opened.page.waitForSelector(entry.sign);
  await settle(opened.page, 1_500);
  return opened;
}

/** All rounds of one page on every server, which take turns; the first round is on pages that nobody has touched. */
async function interact(browser, address, entry, servers) {
  const opened = [];
  for (const server of servers) opened.push(await open(browser, server, address, entry));
  const found = servers.map(() => ({ steps: {} }));
  const events = await traced(browser, async () => {
    for (let round = 0; round < rounds; round += 1)
      for (const [at, page] of opened.entries()) {
        await page.page.bringToFront();
        await walk(page, entry.steps, found[at].steps);
      }
  });
  for (const { steps } of found)
    for (const samples of Object.values(steps)) for (const sample of samples) sample.times = timesIn(events, sample.span);
  for (const [at, { page, client }] of opened.entries()) {
    found[at].heapMb = (await memory(client)).heapMb;
    await page.context().close();
  }
  return found;
}

/** ms until an empty browser shows the page's data, a list of `COLD`. */
async function loadCold(browser, server, address, entry) {
  const samples = [];
  const storageState = await signedIn(browser, server, entry);
  for (let round = 0; round < COLD; round += 1) {
    const context = await browser.newContext({ ...VIEW, storageState });
    const { page } = await openPage(context);
    await page.addInitScript((selector) => {
      const look = () => (document.querySelector(selector) ? (window.shownAfterMs = performance.now()) : requestAnimationFrame(look));
      requestAnimationFrame(look);
    }, entry.sign);
    await page.goto(`${server.origin}${address}`);
    const shown = page.waitForFunction(() => window.shownAfterMs);
    samples.push(await shown.then((handle) => handle.jsonValue()).catch(() => Number.NaN));
    await context.close();
  }
  return samples;
}

/** What updates of the plant cost an open page. */
async function live(browser, server, address, entry) {
  const opened = await open(browser, server, address, entry);
  const { page } = opened;
  // All tables of one moment are one update.
  const moments = new Set();
  page.on("response", (response) => response.url().includes("/api/snapshot/") && moments.add(Math.round(Date.now() / UPDATE_MS)));
  let seen;
  const events = await traced(browser, async () => (seen = await watch(opened, () => page.waitForTimeout(LIVE_MS))));
  await page.context().close();
  const { span, longest, shift } = seen;
  const { work, later } = timesIn(events, span);
  return { work: (work + later) / Math.max(1, moments.size), longest, shift, updates: moments.size };
}

function addressOf(name, { lots, machines }) {
  const subjects = { lot: lots[0].lotId, machine: machines[0].id };
  return PAGES[name].at?.(subjects) ?? PATHS[name];
}

/** Everything about one size of the plant. */
async function measure(browser, size) {
  return inFolder(async (folder) => {
    const pages = {};
    let rival;
    const rows = await whileServing(values.server, folder, size, STILL, async (demo) => {
      const rows = await rowsOf(demo.origin);
      [{ steps: rival }] = await whileRivalServes(rows, (origin) => interact(browser, "/", RIVAL, [{ origin }]));
      for (const name of chosen) {
        const address = addressOf(name, rows);
        [pages[name]] = await interact(browser, address, PAGES[name], [demo]);
        pages[name].cold = await loadCold(browser, demo, address, PAGES[name]);
        console.error(table(name, pages[name], rival, PAGES[name]));
      }
      return rows;
    });
    await whileServing(values.server, folder, size, moving(UPDATE_MS), async (demo) => {
      console.error("");
      for (const name of chosen) {
        pages[name].live = await live(browser, demo, addressOf(name, rows), PAGES[name]);
        console.error(updates(name, pages[name].live));
      }
    });
    return { ...size, pages, rival };
  });
}

async function compare(browser) {
  const servers = origins.map((origin) => ({ origin }));
  const rows = await rowsOf(origins[0]);
  for (const name of chosen.filter((one) => !PAGES[one].isSignedIn)) {
    const found = await interact(browser, addressOf(name, rows), PAGES[name], servers);
    console.log(compared(name, found));
  }
}

const browser = await launch();
try {
  if (origins.length > 0) await compare(browser);
  else if (!values.server) throw new Error("name a server's binary by --server, or the addresses of two running ones");
  else {
    const sizes = [];
    for (const size of values.sizes.split(",")) {
      const [lots, machines] = size.split("x").map(Number);
      console.error(`\n${lots.toLocaleString("en")} lots, ${machines.toLocaleString("en")} machines`);
      sizes.push(await measure(browser, { lots, machines }));
    }
    if (values.json) console.log(JSON.stringify(sizes.flatMap((size) => figures(size, PAGES))));
  }
} finally {
  await browser.close();
}
