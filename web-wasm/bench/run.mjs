// `node run.mjs BENCH_DIR PACKAGE_DIR SIZE,SIZE… ROUNDS`: times the engines in
// Chromium and prints one JSON line. BENCH_DIR holds the snapshots and the bundled page.
import { createServer } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { chromium } from "playwright-core";

const [benchDir, packageDir, sizes, rounds] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const manifest = JSON.parse(await readFile(join(packageDir, "package.json"), "utf8"));
const roots = { bench: resolve(benchDir), package: resolve(packageDir), duckdb: join(here, "node_modules/@duckdb/duckdb-wasm/dist") };
const types = { ".js": "text/javascript", ".wasm": "application/wasm" };

const server = createServer(async (request, response) => {
  const [, root, ...rest] = new URL(request.url, "http://loopback").pathname.split("/");
  if (root === "") return response.setHeader("content-type", "text/html").end("<!doctype html><title>bench</title>");
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
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(600_000);
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const report = await page.evaluate(
    async ([list, count, main]) => (await import("/bench/page.js")).run(list, count, main),
    [sizes.split(",").map(Number), Number(rounds), manifest.main],
  );
  console.log(JSON.stringify(report));
} finally {
  await browser.close();
  server.close();
  await rm(profile, { recursive: true, force: true });
}
