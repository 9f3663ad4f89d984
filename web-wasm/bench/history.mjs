// Hours of a year: the core against hand-written loops over typed arrays, on
// the same table and with the same sums.
import { tableFromIPC } from "apache-arrow";

const STATES = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST"];

async function bytesOf(name) {
  return new Uint8Array(await (await fetch(`/bench/${name}.arrow`)).arrayBuffer());
}

/** Dictionary codes and names of a text column. */
function dictionary(column) {
  const names = [];
  const places = new Map();
  const codes = new Uint32Array(column.length);
  for (let row = 0; row < column.length; row += 1) {
    const name = column.get(row);
    let place = places.get(name);
    if (place === undefined) {
      place = names.length;
      places.set(name, place);
      names.push(name);
    }
    codes[row] = place;
  }
  return { codes, names };
}

/** What the loops read: machine, day and hours of each row; the group of each machine. */
function arraysOf(history, resources, workcenters) {
  const groupOf = new Map(workcenters.toArray().map((row) => [row.WORK_CENTER, row.WORK_CENTER_GROUP]));
  const machineGroup = new Map(resources.toArray().map((row) => [row.RESOURCEID, groupOf.get(row.WORKCENTERNAME) ?? row.WORKCENTERNAME]));
  const machines = dictionary(history.getChild("HISTORYID"));
  const days = dictionary(history.getChild("TXNDATE"));
  const groups = [...new Set(machineGroup.values())];
  return {
    machine: machines.codes,
    day: days.codes,
    dates: days.names,
    hours: STATES.map((state) => Int32Array.from(history.getChild(state).toArray())),
    groups,
    group: Int32Array.from(machines.names.map((id) => (machineGroup.has(id) ? groups.indexOf(machineGroup.get(id)) : -1))),
  };
}

/** Sums by group and period, and the hours of every machine: what figures, charts and tree need. */
function interact(arrays, granularity, wanted) {
  const names = [];
  const period = new Uint16Array(arrays.dates.length);
  const seen = new Map();
  arrays.dates.forEach((date, place) => {
    const day = Math.floor(Date.parse(date) / 86_400_000);
    const name = { day: date, week: String(day - ((day + 3) % 7)), month: date.slice(0, 7), year: date.slice(0, 4) }[granularity];
    if (!seen.has(name)) {
      seen.set(name, names.length);
      names.push(name);
    }
    period[place] = seen.get(name);
  });
  const cells = new Float64Array(arrays.groups.length * names.length * STATES.length);
  const machines = new Float64Array(arrays.group.length * STATES.length);
  const [prd, sby, udt, sdt, egt, nst] = arrays.hours;
  for (let row = 0; row < arrays.machine.length; row += 1) {
    const machine = arrays.machine[row];
    const group = arrays.group[machine];
    if (group < 0 || (wanted >= 0 && group !== wanted)) continue;
    const cell = (group * names.length + period[arrays.day[row]]) * STATES.length;
    const own = machine * STATES.length;
    cells[cell] += prd[row];
    cells[cell + 1] += sby[row];
    cells[cell + 2] += udt[row];
    cells[cell + 3] += sdt[row];
    cells[cell + 4] += egt[row];
    cells[cell + 5] += nst[row];
    machines[own] += prd[row];
    machines[own + 1] += sby[row];
    machines[own + 2] += udt[row];
    machines[own + 3] += sdt[row];
    machines[own + 4] += egt[row];
    machines[own + 5] += nst[row];
  }
  const ou = [];
  let total = 0;
  for (let cell = 0; cell < cells.length; cell += STATES.length) {
    const whole = cells[cell] + cells[cell + 1] + cells[cell + 2] + cells[cell + 3] + cells[cell + 4];
    ou.push(whole === 0 ? 0 : Math.round((cells[cell] / whole) * 1000) / 10);
    total += whole + cells[cell + 5];
  }
  return { periods: names.length, ou, machines, total };
}

/** Medians of both engines for each change; `time` and `median` are those of the page. */
export async function runHistory(core, rounds, { time, median, warmUpRounds }) {
  const [ipc, resources, statuses, workcenters] = await Promise.all(["history", "history-resource", "history-equipment", "history-workcenter"].map(bytesOf));
  const equipment = new core.EquipmentStore();
  equipment.load("resource", resources, "bench");
  equipment.load("equipment", statuses, "bench");
  equipment.load("workcenter", workcenters, "bench");
  const history = new core.HistoryStore();
  const start = performance.now();
  history.load(ipc, "bench");
  history.join(equipment);
  const loadMs = performance.now() - start;
  const arrays = arraysOf(tableFromIPC(ipc), tableFromIPC(resources), tableFromIPC(workcenters));
  const group = history.summary({}).heatmap.workcenters[2].workcenter;
  const questions = {
    "by day": { granularity: "day" },
    "by week": { granularity: "week" },
    "by month": { granularity: "month" },
    "one group by day": { granularity: "day", filter: { workcenterGroups: [group] } },
  };
  const changes = {};
  for (const [name, query] of Object.entries(questions)) {
    const wanted = query.filter ? arrays.groups.indexOf(group) : -1;
    const engines = {
      "mes-compute": () => [history.summary(query), history.tree(query)],
      "typed arrays": () => interact(arrays, query.granularity, wanted),
    };
    const [summary] = engines["mes-compute"]();
    const sums = engines["typed arrays"]();
    // Both have seen the same hours: to the decimal that the core shows.
    if (Math.abs(summary.kpi.total_hours - sums.total / 10_000) > 0.051 || summary.trend.length !== sums.periods) {
      throw new Error(`history ${name}: ${summary.kpi.total_hours} h in ${summary.trend.length} periods against ${sums.total / 10_000} in ${sums.periods}`);
    }
    const samples = {};
    for (let round = -warmUpRounds; round < rounds; round += 1) {
      for (const [engine, work] of Object.entries(engines)) {
        const ms = await time(work);
        if (round >= 0) (samples[engine] ??= []).push(ms);
      }
    }
    changes[name] = Object.fromEntries(Object.entries(samples).map(([engine, list]) => [engine, median(list)]));
  }
  history.free();
  equipment.free();
  return { loadMs, changes };
}
