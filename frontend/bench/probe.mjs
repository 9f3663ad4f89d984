// What the browser says about a page: interactions to next paint, long tasks, layout shifts, processor time.
import { chromium } from "@playwright/test";

/** For a page of the largest plant on a busy machine, ms. */
const LONGEST_MS = 60_000;
/** Quiet after an interaction, ms: longer than the pause after which typing takes effect. */
const QUIET_MS = 300;

export function launch() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--js-flags=--expose-gc",
    ],
  });
}

/** Collects what happens from now on; runs in the page. */
function observe() {
  const none = () => ({ paint: 0, longest: 0, shift: 0 });
  let seen = none();
  const follow = (type, take, options = {}) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take)).observe({ type, buffered: true, ...options });
  follow("event", ({ duration }) => (seen.paint = Math.max(seen.paint, duration)), { durationThreshold: 16 });
  follow("longtask", ({ duration }) => (seen.longest = Math.max(seen.longest, duration)));
  // Also what follows an input: a choice moves nothing else.
  follow("layout-shift", ({ value }) => (seen.shift += value));
  window.takeSeen = () => {
    const taken = seen;
    seen = none();
    return taken;
  };
}

/** A page that is observed, and the protocol's client for it. */
export async function openPage(context) {
  const page = await context.newPage();
  page.setDefaultTimeout(LONGEST_MS);
  await page.addInitScript(observe);
  await page.addInitScript(() => location.origin !== "null" && localStorage.setItem("mes.language", "en"));
  const client = await context.newCDPSession(page);
  // Processor time of the page's thread, which other programs don't lengthen.
  await client.send("Performance.enable", { timeDomain: "threadTicks" });
  return { page, client };
}

async function metrics(client) {
  const { metrics: all } = await client.send("Performance.getMetrics");
  const of = Object.fromEntries(all.map(({ name, value }) => [name, value]));
  const { Timestamp: at, TaskDuration: busy, JSHeapUsedSize: heap, Nodes: nodes, JSEventListeners: listeners } = of;
  return { at: 1e6 * at, busy: 1_000 * busy, heapMb: heap / 1e6, nodes, listeners };
}

/** What the parts of the browser's work are called in its trace. Tasks of promises are only inside of others there. */
const KINDS = {
  script: ["EventDispatch", "FunctionCall", "TimerFire", "FireAnimationFrame", "FireIdleCallback", "RunMicrotasks", "EvaluateScript"],
  style: ["UpdateLayoutTree"],
  layout: ["Layout"],
  paint: ["PrePaint", "Paint", "Layerize", "Commit"],
};
const KIND_OF = new Map(Object.entries(KINDS).flatMap(([kind, names]) => names.map((name) => [name, kind])));

/** Runs `use` while the browser writes down what its threads do; answers with the events of the threads that run pages. */
export async function traced(browser, use) {
  const client = await browser.newBrowserCDPSession();
  const events = [];
  client.on("Tracing.dataCollected", ({ value }) => events.push(...value));
  await client.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["devtools.timeline"] } });
  try {
    await use();
  } finally {
    const ended = new Promise((done) => client.once("Tracing.tracingComplete", done));
    await client.send("Tracing.end");
    await ended;
    await client.detach();
  }
  return events.filter(({ ph, name }) => ph === "X" && KIND_OF.has(name)).toSorted((a, b) => a.ts - b.ts || b.dur - a.dur);
}

/** Processor time by kind; a part within another is not counted there. */
function spentIn(events) {
  const spent = { script: 0, style: 0, layout: 0, paint: 0 };
  const around = [];
  for (const { name, ts, dur = 0, tdur = 0 } of events) {
    while (around.length > 0 && around.at(-1).end <= ts) around.pop();
    const kind = KIND_OF.get(name);
    spent[kind] += tdur / 1_000;
    if (around.length > 0) spent[around.at(-1).kind] -= tdur / 1_000;
    around.push({ kind, end: ts + dur });
  }
  return { ...spent, work: spent.script + spent.style + spent.layout };
}

/** What a person's hand causes. */
const INPUTS = new Set([
  "mousedown",
  "mouseup",
  "click",
  "keydown",
  "keypress",
  "keyup",
  "input",
  "pointerdown",
  "pointerup",
  "wheel",
  "popstate",
]);

/**
 * Processor time by kind in the time of `span`. `work` is script, style and layout until the page has been painted with
 * what the last input changed, `later` what is left for after that.
 */
export function timesIn(events, [from, to]) {
  const inside = events.filter((event) => event.ts >= from && event.ts < to);
  const isInput = ({ name, args }) => name === "EventDispatch" && INPUTS.has(args?.data?.type);
  const inputEnd = Math.max(from, ...inside.filter(isInput).map(({ ts, dur = 0 }) => ts + dur));
  const painted = inside.find(({ name, ts }) => name === "Layerize" && ts >= inputEnd)?.ts ?? to;
  const all = spentIn(inside);
  const { work } = spentIn(inside.filter(({ ts }) => ts < painted));
  return { ...all, work, later: all.work - work };
}

/** What happens while `act` runs: its time in the trace, ms of processor time, longest task, paint, layout shift. */
export async function watch({ page, client }, act) {
  await page.evaluate(() => window.takeSeen());
  const before = await metrics(client);
  await act();
  const after = await metrics(client);
  return { ...(await page.evaluate(() => window.takeSeen())), span: [before.at, after.at], busy: after.busy - before.busy };
}

/** Memory after the garbage is collected. */
export async function memory(client) {
  // What a finished task holds on to goes with the second collection.
  for (let round = 0; round < 2; round += 1) await client.send("HeapProfiler.collectGarbage");
  return metrics(client);
}

/** Waits until the page has nothing to do. */
export async function settle(page, ms = QUIET_MS) {
  await page.waitForTimeout(ms);
  await page.evaluate(() => new Promise((done) => requestIdleCallback(done, { timeout: 1_000 })));
}
