// Parity in Node: `node node.mjs PLAN_DIR PACKAGE_DIR`; prints one JSON line.
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { runPlan } from "./compare.mjs";

const [planDir, packageDir] = process.argv.slice(2).map((path) => resolve(path));
const manifest = JSON.parse(await readFile(join(packageDir, "package.json"), "utf8"));
const pkg = await import(pathToFileURL(join(packageDir, manifest.main)).href);
pkg.initSync({ module: await readFile(join(packageDir, manifest.main.replace(/\.js$/, "_bg.wasm"))) });

const read = async (file) => new Uint8Array(await readFile(join(planDir, file)));
const plan = JSON.parse(await readFile(join(planDir, "plan.json"), "utf8"));
console.log(JSON.stringify(await runPlan(pkg, plan, read)));
