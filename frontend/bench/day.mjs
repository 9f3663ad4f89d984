// Whether a page that is open for a shift stays as small as it was: `node bench/day.mjs --server BINARY [--pages wip-overview,resource] [--hours 8]`.
// Takes the updates of so many hours (one in 5 s) as fast as the page shows them, and prints after each hour, once the garbage
// is collected: the heap; of it the data, and the code that the browser has compiled; wasm's memory; nodes and listeners.
// Fails when one of them grows. `--snapshots FOLDER` writes the heap of each hour, for the developer tools to compare.
import { writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { inFolder, moving, STILL, whileServing } from "./demo.mjs";
import { PAGES, PATHS } from "./pages.mjs";
import { launch, memory, openPage, settle } from "./probe.mjs";
import { recorded, whileReplaying } from "./replay.mjs";

const { values } = parseArgs({
  options: {
    server: { type: "string" },
    pages: { type: "string", default: "home,wip-overview,wip-detail,hold-overview,resource,dashboard" },
    hours: { type: "string", default: "8" },
    snapshots: { type: "string" },
  },
});
const UPDATES_AN_HOUR = 720;
/** Versions that are sent again and again under new names; after the last one the whole table comes, as after a restart of the server. */
const RECORDED = 24;
const SIZE = { lots: 12_000, machines: 2_000 };
/**
 * Growth from the first hour to the last one that is none, in percent. Code, and with it the heap as a whole, has no limit
 * here: the browser goes on to compile what has run often, ever less, until all of it is compiled.
 */
const FLAT_PCT = { dataMb: 2, wasmMb: 0, nodes: 2, listeners: 2 };

const pages = values.pages.split(",");
const others = pages.filter((name) => !PAGES[name] || PAGES[name].at || PAGES[name].isSignedIn);
if (others.length > 0) throw new Error(`--pages: ${others.join(", ")} can't be followed, only pages that anybody opens without a name`);

/** The first load may take so long on a busy machine, ms. */
const PATIENCE_MS = 60_000;

/** Keeps wasm's memory where the script finds it; runs in the page. */
function keepMemory() {
  for (const name of ["instantiate", "instantiateStreaming"]) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
      const made = await original(...given);
      window.wasmMemory = (made.instance ?? made).exports.memory;
      return made;
    };
  }
}
/** Waits until the page has painted what it was sent. */
const painted = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));

/** What the heap consists of, in MB, from a snapshot of it. */
async function composition(client, file) {
  const parts = [];
  const take = ({ chunk }) => parts.push(chunk);
  client.on("HeapProfiler.addHeapSnapshotChunk", take);
  await client.send("HeapProfiler.takeHeapSnapshot");
  client.off("HeapProfiler.addHeapSnapshotChunk", take);
  const text = parts.join("");
  if (file) writeFileSync(file, text);
  const { snapshot, nodes } = JSON.parse(text);
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf("type"), fields.indexOf("self_size")];
  const sums = { dataMb: 0, codeMb: 0 };
  for (let at = 0; at < nodes.length; at += fields.length) {
    const kind = types[type][nodes[at + type]];
    // What is native is not in the heap: bodies that the developer tools keep, and wasm's memory.
    if (kind !== "native") sums[kind === "code" ? "codeMb" : "dataMb"] += nodes[at + size] / 1e6;
  }
  return sums;
}

async function follow(browser, origin, name, next) {
  // Numbers that glow take most of the time where updates follow each other at once.
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en", reducedMotion: "reduce" });
  const { page, client } = await openPage(context);
  page.setDefaultTimeout(PATIENCE_MS);
  await page.addInitScript(keepMemory);
  await page.goto(`${origin}${PATHS[name]}`);
  await page.waitForSelector(PAGES[name].sign);
  await settle(page, 3_000);
  const found = [];
  let since = Date.now();
  const look = async (hour) => {
    const took = (Date.now() - since) / 1_000;
    const file = values.snapshots && join(values.snapshots, `${name}-${hour}.heapsnapshot`);
    const { dataMb, codeMb } = await composition(client, file);
    const { heapMb, nodes, listeners } = await memory(client);
    const wasmMb = (await page.evaluate(() => window.wasmMemory.buffer.byteLength)) / 1e6;
    found.push({ dataMb, wasmMb, nodes, listeners });
    const sizes = [heapMb, dataMb, codeMb, wasmMb].map((mb) => mb.toFixed(2));
    const cells = [hour, ...sizes, nodes, listeners, took.toFixed(0), loadavg()[0].toFixed(1)];
    console.log([name.padEnd(14), ...cells.map((cell) => String(cell).padStart(9))].join("  "));
    since = Date.now();
  };
  await look(0);
  const updates = Number(values.hours) * UPDATES_AN_HOUR;
  for (let update = 1; update <= updates; update += 1) {
    await Promise.all([next("wip"), next("equipment")]);
    await painted(page);
    if (update % UPDATES_AN_HOUR === 0 || update === updates) await look(update / UPDATES_AN_HOUR);
  }
  await context.close();
  return found;
}

/** What has grown since the first hour; before that the browser still compiles. */
function grown(found) {
  const first = found[1];
  const last = found.at(-1);
  return Object.entries(FLAT_PCT).flatMap(([key, pct]) => (last[key] > first[key] * (1 + pct / 100) ? [key] : []));
}

const HEAD = ["hour", "heap MB", "data MB", "code MB", "wasm MB", "nodes", "listeners", "seconds", "load"];
const browser = await launch();
try {
  await inFolder(async (folder) => {
    const record = await whileServing(values.server, folder, SIZE, moving(1_000), ({ origin }) => recorded(origin, RECORDED));
    await whileServing(values.server, folder, SIZE, STILL, (demo) =>
      whileReplaying(demo.origin, record, async (origin, next) => {
        console.log(["page".padEnd(14), ...HEAD.map((cell) => cell.padStart(9))].join("  "));
        for (const name of pages) {
          const more = grown(await follow(browser, origin, name, next));
          if (more.length > 0) {
            console.log(`${name} grows: ${more.join(", ")}`);
            process.exitCode = 1;
          }
        }
      }),
    );
  });
} finally {
  await browser.close();
}
