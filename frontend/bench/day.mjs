// Whether a page that is open for a shift stays as small as it was: `node bench/day.mjs --server BINARY [--pages wip-overview,resource] [--hours 8]`.
// Takes the updates of so many hours (one in 5 s) as fast as the page shows them, and prints heap, nodes and listeners after
// the garbage is collected. Fails when one of them grows.
import { parseArgs } from "node:util";

import { inFolder, moving, STILL, whileServing } from "./demo.mjs";
import { PAGES } from "./pages.mjs";
import { launch, memory, openPage, settle } from "./probe.mjs";
import { recorded, whileReplaying } from "./replay.mjs";

const { values } = parseArgs({
  options: {
    server: { type: "string" },
    pages: { type: "string", default: "wip-overview,resource" },
    hours: { type: "string", default: "8" },
  },
});
const UPDATES_AN_HOUR = 720;
/** Versions that are sent again and again; after the last one the whole table comes, as after a restart of the server. */
const RECORDED = 24;
const SIZE = { lots: 12_000, machines: 2_000 };
/** Growth from the first hour to the last one that is none: caches of the browser come and go. */
const FLAT = 1.05;

/** Waits until the page has painted what it was sent. */
const painted = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));

async function follow(browser, origin, name, next) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en" });
  const { page, client } = await openPage(context);
  await page.goto(`${origin}/${name}`);
  await page.waitForSelector(PAGES[name].sign);
  await settle(page, 3_000);
  const found = [];
  const look = async (hour) => {
    const { heapMb, nodes, listeners } = await memory(client);
    found.push({ hour, heapMb, nodes, listeners });
    console.log(
      `${name.padEnd(14)} ${String(hour).padStart(4)} h  ${heapMb.toFixed(2).padStart(7)} MB  ${nodes} nodes  ${listeners} listeners`,
    );
  };
  await look(0);
  for (let update = 1; update <= Number(values.hours) * UPDATES_AN_HOUR; update += 1) {
    await next("wip");
    await next("equipment");
    await painted(page);
    if (update % UPDATES_AN_HOUR === 0) await look(update / UPDATES_AN_HOUR);
  }
  if (found.length === 1) await look(Number(values.hours));
  await context.close();
  return found;
}

/** What has grown since the first hour; before that the browser still compiles. */
function grown(found) {
  const first = found[1];
  const last = found.at(-1);
  return ["heapMb", "nodes", "listeners"].filter((key) => last[key] > first[key] * FLAT);
}

const browser = await launch();
try {
  await inFolder(async (folder) => {
    const record = await whileServing(values.server, folder, SIZE, moving(1_000), ({ origin }) => recorded(origin, RECORDED));
    await whileServing(values.server, folder, SIZE, STILL, (demo) =>
      whileReplaying(demo.origin, record, async (origin, next) => {
        for (const name of values.pages.split(",")) {
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
