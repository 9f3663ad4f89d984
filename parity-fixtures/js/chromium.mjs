// Parity in Chromium: `node chromium.mjs PLAN_DIR PACKAGE_DIR PLAYWRIGHT_DIR`; prints one JSON line.
// A loopback server hands the plan, the package and compare.mjs to a blank page.
import { createServer } from "node:http";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, extname, join, normalize, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [planDir, packageDir, playwrightDir] = process.argv.slice(2).map((path) => resolve(path));
const { chromium } = createRequire(join(playwrightDir, "package.json"))("@playwright/test");
const manifest = JSON.parse(await readFile(join(packageDir, "package.json"), "utf8"));
const roots = { plan: planDir, package: packageDir, js: dirname(fileURLToPath(import.meta.url)) };
const types = { ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };

const server = createServer(async (request, response) => {
  const [, root, ...rest] = new URL(request.url, "http://loopback").pathname.split("/");
  if (root === "") return response.setHeader("content-type", "text/html").end("<!doctype html><title>parity</title>");
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
const origin = `http://127.0.0.1:${server.address().port}`;

const profile = await mkdtemp(join(tmpdir(), "parity-chromium-"));
const browser = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const page = await browser.newPage();
  await page.goto(`${origin}/`);
  const report = await page.evaluate(async (main) => {
    const { runPlan } = await import("/js/compare.mjs");
    const pkg = await import(`/package/${main}`);
    await pkg.default({ module_or_path: `/package/${main.replace(/\.js$/, "_bg.wasm")}` });
    const read = async (file) => new Uint8Array(await (await fetch(`/plan/${file}`)).arrayBuffer());
    const plan = await (await fetch("/plan/plan.json")).json();
    return runPlan(pkg, plan, read);
  }, manifest.main);
  console.log(JSON.stringify(report));
} finally {
  await browser.close();
  server.close();
  await rm(profile, { recursive: true, force: true });
}
