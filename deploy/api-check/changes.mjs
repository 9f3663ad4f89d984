// `node changes.mjs ORIGIN MOMENT QUERIES`: what changed between two kept moments, as the pages compute it: the versions
// that were the latest at MOMENT against the latest of all. QUERIES is a JSON list of filters of lots; the answer a JSON object.
import { readFile } from "node:fs/promises";

const PACKAGE = new URL("../../web-wasm/pkg/", import.meta.url);
const [origin, moment, queries] = process.argv.slice(2);

const core = await import(new URL("mes_compute.js", PACKAGE).href);
await core.default({ module_or_path: await readFile(new URL("mes_compute_bg.wasm", PACKAGE)) });

async function bytesOf(path) {
  const response = await fetch(`${origin}${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return new Uint8Array(await response.arrayBuffer());
}

const memory = new core.MemoryStore();
const { moments, lots: spans } = memory.load(await bytesOf(`/api/memory/shift?at=${encodeURIComponent(moment)}`), "recount");

/** Lots and machines as they were at a moment. */
function shownAt(at) {
  const [lots, machines] = [new core.LotStore(), new core.EquipmentStore()];
  const shown = memory.show(at, lots, machines);
  return { lots, machines, sysDate: shown.find(({ dataset }) => dataset === "wip")?.sysDate };
}

const [before, now] = [shownAt(moment), shownAt(moments.at(-1))];
const changes = new core.ChangesStore();
changes.compare(before.lots, before.machines, now.lots, now.machines);
const all = 1_000_000;
console.log(
  JSON.stringify({
    spans: spans.map(({ from, until }) => [from, until]),
    sysDates: [before.sysDate, now.sysDate],
    lots: JSON.parse(queries).map((filter) => changes.lots({ filter, limit: all })),
    machines: changes.machines({ limit: all }),
    flows: JSON.parse(queries).map((filter) => memory.flow({ filter })),
  }),
);
