// Runs inside Chromium: every engine gets the same snapshot, does the same
// interaction, is checked to have come to the same figures, and is timed in
// turn with the others, so that drift of the machine hits all alike.
import { tableFromIPC } from "apache-arrow";

import * as arquero from "./arquero.mjs";
import * as duckdb from "./duckdb.mjs";
import { runHistory } from "./history.mjs";
import * as typedArrays from "./typed-arrays.mjs";

export { runDowntime } from "./downtime.mjs";

const WARM_UP_ROUNDS = 3;
const FILTERS = { all: {}, "one package on hold": { package: undefined, status: "HOLD" } };

/** Median of `values`. */
function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Milliseconds of one call, measured over enough calls that the clock's resolution does not show. */
async function time(work) {
  let calls = 1;
  for (;;) {
    const start = performance.now();
    for (let call = 0; call < calls; call += 1) {
      const pending = work(call);
      if (pending instanceof Promise) await pending;
    }
    const spent = performance.now() - start;
    if (spent > 20 || calls > 20_000) return spent / calls;
    calls *= 2;
  }
}

function coreChecksum(overview) {
  const sum = (list) => list.reduce((total, value) => total + value, 0);
  return {
    lots: overview.summary.totalLots,
    qty: overview.summary.totalQtyPcs,
    matrix: overview.matrix.grandTotal,
    facetPackage: sum(overview.facets.package.lots),
    facetType: sum(overview.facets.type.lots),
    facetGroup: sum(overview.facets.workcenter.lots),
    holds: sum(overview.pareto.quality.lots) + sum(overview.pareto.nonQuality.lots),
  };
}

/**
 * @param sizes lot counts, each with a snapshot at `/bench/lots-N.arrow`
 * @param rounds how often each engine is timed
 */
export async function run(sizes, rounds, main) {
  const started = performance.now();
  const core = await import(`/package/${main}`);
  await core.default({ module_or_path: `/package/${main.replace(/\.js$/, "_bg.wasm")}` });
  const report = { startMs: performance.now() - started, sizes: {} };
  report.history = await runHistory(core, rounds, { time, median, warmUpRounds: WARM_UP_ROUNDS });
  const db = await duckdb.open("/duckdb");
  for (const size of sizes) {
    const ipc = new Uint8Array(await (await fetch(`/bench/lots-${size}.arrow`)).arrayBuffer());
    const store = new core.LotStore();
    const loads = [];
    for (let round = 0; round < Math.min(rounds, 5); round += 1) {
      const start = performance.now();
      store.load(ipc, "bench");
      loads.push(performance.now() - start);
    }
    const lots = typedArrays.load(tableFromIPC(ipc));
    const names = { group: lots.group.names, package: lots.package.names, type: lots.type.names, reason: lots.reason.names };
    const table = arquero.load(lots);
    const connection = await duckdb.load(db, ipc.slice());
    const delta = await fetch(`/bench/lots-${size}.delta`);
    const entry = { loadMs: median(loads), memoryBytes: store.memoryBytes, interactions: {} };
    for (const [name, template] of Object.entries(FILTERS)) {
      const filter = "package" in template ? { ...template, package: names.package[3] } : template;
      const coreFilter = { packages: filter.package === undefined ? [] : [filter.package], ...(filter.status && { status: filter.status }) };
      const engines = {
        "mes-compute": () => store.overview(coreFilter),
        "typed arrays": () => typedArrays.interact(lots, filter),
        arquero: () => arquero.interact(table, names, filter),
        "duckdb-wasm": () => duckdb.interact(connection, filter),
      };
      const figures = {
        "mes-compute": coreChecksum(store.overview(coreFilter)),
        "typed arrays": typedArrays.checksum(engines["typed arrays"]()),
        arquero: arquero.checksum(engines.arquero(), names),
        "duckdb-wasm": duckdb.checksum(await engines["duckdb-wasm"]()),
      };
      const wanted = JSON.stringify(figures["typed arrays"]);
      for (const [engine, found] of Object.entries(figures)) {
        if (JSON.stringify(found) !== wanted) throw new Error(`${engine} came to ${JSON.stringify(found)} instead of ${wanted} (${size}, ${name})`);
      }
      const samples = {};
      // Rounds before the first one that counts let every engine's code reach its fastest form.
      for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
        for (const [engine, work] of Object.entries(engines)) {
          const ms = await time(work);
          if (round >= 0) (samples[engine] ??= []).push(ms);
        }
      }
      entry.interactions[name] = Object.fromEntries(Object.entries(samples).map(([engine, list]) => [engine, median(list)]));
    }
    if (delta.ok) {
      const bytes = new Uint8Array(await delta.arrayBuffer());
      const applies = [];
      for (let round = 0; round < Math.min(rounds, 5); round += 1) {
        store.load(ipc, "bench");
        const start = performance.now();
        store.applyDelta(bytes);
        applies.push(performance.now() - start);
      }
      entry.deltaApplyMs = median(applies);
    }
    store.free();
    await connection.close();
    report.sizes[size] = entry;
  }
  await db.terminate();
  return report;
}
