// `node run.mjs BENCH_DIR PACKAGE_DIR SIZE,SIZE… ROUNDS`: times the engines in
// Chromium and prints one JSON line. BENCH_DIR holds the snapshots and the bundled page.
// With `downtime` instead of sizes only downtimes are timed, and a table is printed; BENCH_DIR is then that
// of an earlier `cargo xtask bench`, for the machines.
import { createServer } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { tableFromIPC } from "apache-arrow";
import { chromium } from "playwright-core";

import { downtimeStreams } from "./downtime-rows.mjs";
import { mediansOf, tableOf } from "./downtime-report.mjs";

/** Fresh pages for downtimes: each starts both engines once. */
const PAGES = 3;

const [benchDir, packageDir, sizes, rounds] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const manifest = JSON.parse(await readFile(join(packageDir, "package.json"), "utf8"));
const roots = { bench: resolve(benchDir), package: resolve(packageDir), duckdb: join(here, "node_modules/@duckdb/duckdb-wasm/dist") };
const types = { ".js": "text/javascript", ".wasm": "application/wasm" };

/** What the page asks for below `/downtime`: both streams, and the groups of machines. */
async function downtimeBodies() {
  const [resources, workcenters] = await Promise.all(
    ["resource", "workcenter"].map(async (name) => tableFromIPC(await readFile(join(benchDir, `history-${name}.arrow`)))),
  );
  const groupOf = new Map(workcenters.toArray().map((row) => [row.WORK_CENTER, row.WORK_CENTER_GROUP]));
  const machines = resources.toArray().map((row) => [row.RESOURCEID, groupOf.get(row.WORKCENTERNAME)]);
  const streams = await downtimeStreams(machines.map(([id]) => id).sort());
  return { ...streams, groups: JSON.stringify(machines.filter(([, group]) => group)) };
}
const downtime = await downtimeBodies();

const server = createServer(async (request, response) => {
  const [, root, ...rest] = new URL(request.url, "http://loopback").pathname.split("/");
  if (root === "") return response.setHeader("content-type", "text/html").end("<!doctype html><title>bench</title>");
  if (root === "downtime" && downtime[rest[0]]) return response.end(downtime[rest[0]]);
  try {
    const file = normalize(rest.join("/"));
    if (!roots[root] || file.startsWith("..")) throw new Error("no such file");
    const body = await readFile(join(roots[root], file));
    response.setHeader("content-type", types[extname(file)] ?? "application/octet-stream").end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));

const profile = await mkdtemp(join(tmpdir(), "bench-chromium-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** Runs `use` on a fresh page. */
async function onPage(use, args) {
  const page = await browser.newPage();
  page.setDefaultTimeout(600_000);
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const result = await page.evaluate(use, args);
  await page.close();
  return result;
}

try {
  const pages = [];
  for (let turn = 0; turn < PAGES; turn += 1) {
    const use = async ([main, count, whose]) => (await import("/bench/page.js")).runDowntime(main, count, whose);
    pages.push(await onPage(use, [manifest.main, Number(rounds), turn]));
  }
  const medians = mediansOf(pages);
  if (sizes === "downtime") console.log(tableOf(medians));
  else {
    const use = async ([list, count, main]) => (await import("/bench/page.js")).run(list, count, main);
    const report = await onPage(use, [sizes.split(",").map(Number), Number(rounds), manifest.main]);
    console.log(JSON.stringify({ ...report, downtime: medians }));
  }
} finally {
  await browser.close();
  server.close();
  await rm(profile, { recursive: true, force: true });
}
