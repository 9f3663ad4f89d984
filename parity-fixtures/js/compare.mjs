// Runs parity cases on the wasm package and compares every answer with the
// native build's, bit for bit. The same file runs in Node and in Chromium: it
// gets the loaded package and a function that reads a file of the plan.

/** @returns {string | undefined} the first differing place, or undefined when equal */
export function difference(expected, actual, place = "$") {
  if (ArrayBuffer.isView(actual)) actual = Array.from(actual);
  if (Object.is(expected, actual)) return undefined;
  if (expected === null || actual === null || typeof expected !== "object" || typeof actual !== "object") {
    return `${place}: ${show(actual)} instead of ${show(expected)}`;
  }
  if (Array.isArray(expected) !== Array.isArray(actual)) return `${place}: list against object`;
  if (Array.isArray(expected)) {
    if (expected.length !== actual.length) {
      return `${place}: ${actual.length} entries instead of ${expected.length}`;
    }
    for (let index = 0; index < expected.length; index += 1) {
      const found = difference(expected[index], actual[index], `${place}[${index}]`);
      if (found) return found;
    }
    return undefined;
  }
  for (const key of Object.keys(expected)) {
    if (!Object.hasOwn(actual, key)) return `${place}.${key} is missing`;
    const found = difference(expected[key], actual[key], `${place}.${key}`);
    if (found) return found;
  }
  for (const key of Object.keys(actual)) {
    if (!Object.hasOwn(expected, key)) return `${place}.${key} is too much`;
  }
  return undefined;
}

function show(value) {
  const text = typeof value === "number" && Object.is(value, -0) ? "-0" : JSON.stringify(value);
  return (text ?? String(value)).slice(0, 120);
}

/** Opens the stores of one dataset: full tables, or a base and the delta to it. */
async function open(pkg, dataset, read) {
  const lots = new pkg.LotStore();
  const equipment = new pkg.EquipmentStore();
  const history = new pkg.HistoryStore();
  const holds = new pkg.HoldHistoryStore();
  const downtime = new pkg.DowntimeStore();
  const changes = new pkg.ChangesStore();
  // What a delta applies to, for what changed since.
  const before = { lots: new pkg.LotStore(), equipment: new pkg.EquipmentStore() };
  for (const part of dataset.parts) {
    const bytes = await read(part.file);
    if (part.dataset === "history") {
      history.load(bytes, part.version);
    } else if (part.dataset === "hold_history") {
      holds.load(bytes, part.version);
    } else if (part.dataset === "downtime") {
      downtime.load(bytes, part.version);
    } else if (part.dataset === "jobs") {
      downtime.loadJobs(bytes, part.version);
    } else if (part.delta) {
      if (part.dataset === "wip") lots.applyDelta(bytes);
      else equipment.applyDelta(part.dataset, bytes);
    } else if (part.dataset === "wip") {
      for (const store of [lots, before.lots]) store.load(bytes, part.version);
    } else {
      for (const store of [equipment, before.equipment]) store.load(part.dataset, bytes, part.version);
    }
  }
  history.join(equipment);
  downtime.join(equipment);
  changes.compare(before.lots, before.equipment, lots, equipment);
  before.lots.free();
  before.equipment.free();
  return { lots, equipment, history, holds, downtime, changes };
}

function close(stores) {
  for (const store of Object.values(stores ?? {})) store.free();
}

/**
 * @param pkg the initialised wasm package
 * @param plan `{datasets: {[name]: {parts: [{dataset, file, version, delta}]}}, caseFiles: string[]}`
 * @param read file name → Uint8Array
 * @returns `{cases, differing, first: string[]}`
 */
export async function runPlan(pkg, plan, read) {
  const report = { cases: 0, differing: 0, first: [] };
  const text = new TextDecoder();
  for (const file of plan.caseFiles) {
    let name;
    let stores;
    for (const line of text.decode(await read(file)).split("\n")) {
      if (!line) continue;
      const test = JSON.parse(line);
      if (test.dataset !== name) {
        close(stores);
        name = test.dataset;
        stores = await open(pkg, plan.datasets[name], read);
      }
      report.cases += 1;
      const found = judge(stores[test.store], test);
      if (found) {
        report.differing += 1;
        if (report.first.length < 20) {
          report.first.push(`${test.id} ${test.store}.${test.method}(${JSON.stringify(test.args)}) on ${name}: ${found}`);
        }
      }
    }
    close(stores);
  }
  return report;
}

function judge(store, test) {
  let actual;
  try {
    actual = store[test.method](test.args);
  } catch (error) {
    if (test.error) return error.code === test.error ? undefined : `${error.code} instead of ${test.error}`;
    return `threw ${error}`;
  }
  if (test.error) return `answered instead of ${test.error}`;
  return difference(test.answer, actual);
}
