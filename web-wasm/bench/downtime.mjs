// Downtimes: fragments put together, jobs found, reasons summed up, by the core and by DuckDB-WASM, on the same
// streams and with the same events.
import * as duckdb from "./duckdb.mjs";

const CORE = "mes-compute";
const RIVAL = "duckdb-wasm";
/** Of the range of one filter. */
const SPAN = ["2026-09-01", "2026-09-30"];
/** As the streams count days: since 1970. */
const dayNumber = (date) => Date.parse(date) / 86_400_000;

/** What is asked: the core's filter, and the rival's conditions on its events, by dimension, or on the fragments that they are made of. */
const filtersOf = (group) => ({
  "all downtimes": { filter: {}, events: {} },
  "one state": { filter: { states: ["UDT"] }, events: { states: "state = 'UDT'" } },
  "one group of machines": {
    filter: { machines: { workcenterGroups: [group] } },
    events: { machines: `machine in (select id from machines where grp = '${group}')` },
  },
  "without a job": { filter: { jobLinks: ["none"] }, events: { links: "link = 'none'" } },
  // A downtime that reaches beyond the days counts with its fragments of these days.
  "30 of 90 days": {
    filter: { startDate: SPAN[0], endDate: SPAN[1] },
    events: {},
    fragments: `day between ${SPAN.map(dayNumber).join(" and ")}`,
  },
});

/** Sums of the rival by what they are grouped by; a list ignores the filter on itself. */
const SUMS = {
  reasons: "reason",
  states: "state",
  links: "link",
  shifts: "(since - 27000) % 86400 // 43200",
  days: "day",
  groups: "(select grp from machines where id = machine)",
};

/** What the rival sums up for a filter: the least, and what the page shows; the core's summary has all lists and more. */
const QUESTIONS = { reasons: ["reasons"], "all lists": Object.keys(SUMS) };

/** Fragments put together. A machine is in one state at a time, so that the fragment before ends last of all before. */
const merged = (fragments) => `
  with marked as (
    select *, case when state = lag(state) over own and reason is not distinct from lag(reason) over own
      and since - lag(until) over own <= 60 then 0 else 1 end as begins
    from fragments where ${fragments} window own as (partition by machine order by since)),
  numbered as (
    select *, sum(begins) over (partition by machine order by since rows unbounded preceding) as number
    from marked where state in ('UDT', 'SDT', 'EGT'))
  select machine, number, any_value(state) as state, any_value(reason) as reason, arg_min(day, since) as day, min(since) as since, max(until) as until,
    sum(units)::bigint as units, count(*)::int as fragments, arg_min(job, since) filter (where job is not null) as job
  from numbered group by machine, number`;

/** Downtimes with their jobs. */
const matched = (downtimes) => `
  with downtimes as materialized (${downtimes}),
  pairs as (
    select machine, number, id, created, least(ended, until) - greatest(created, since) as overlap
    from downtimes join jobs using (machine) where job is null and created < until and ended > since),
  best as (
    select machine, number, min(struct_pack(overlap := -overlap, created := created, id := id)) as first, max(overlap, 2) as longest
    from pairs group by machine, number)
  select downtimes.* exclude (job), coalesce(job, first.id) as job, case
    when job is not null then 'id' when first is null then 'none'
    when coalesce(longest[2], 0) * 5 >= longest[1] * 4 then 'ambiguous' else 'overlap' end as link
  from downtimes left join best using (machine, number)`;

/** The same steps by both engines. `start` is timed once per page, as it downloads and compiles. */
function enginesOf(main, input) {
  let core, equipment, store, db, connection;
  const ask = (sql) => connection.query(sql);
  return {
    [CORE]: {
      async start() {
        core = await import(`/package/${main}`);
        await core.default({ module_or_path: `/package/${main.replace(/\.js$/, "_bg.wasm")}` });
      },
      prepare() {
        if (!equipment) {
          equipment = new core.EquipmentStore();
          for (const name of ["resource", "equipment", "workcenter"]) equipment.load(name, input[name], "bench");
        }
        store?.free();
        store = new core.DowntimeStore();
      },
      load() {
        store.load(input.fragments, "bench");
        store.loadJobs(input.jobs, "bench");
      },
      merge: () => store.join(equipment),
      sums: ({ filter }) => store.summary(filter),
      events: () =>
        store.events({ sort: "from" }).events.map((event) => ({
          key: `${secondsOf(event.from)} ${event.resource_id}`,
          told: [
            event.until && secondsOf(event.until),
            event.state,
            event.reason,
            event.fragments,
            event.job_link,
            event.job?.job_id ?? null,
          ],
          hours: event.hours,
        })),
    },
    [RIVAL]: {
      async start() {
        db = await duckdb.open("/duckdb");
        connection = await db.connect();
      },
      async prepare() {
        for (const table of ["fragments", "jobs", "machines", "events", "cut"]) await ask(`drop table if exists ${table}`);
        const pairs = input.groups.map(([id, group]) => `('${id}', '${group}')`);
        await ask(`create table machines as select * from (values ${pairs.join()}) as list(id, grp)`);
      },
      async load() {
        await connection.insertArrowFromIPCStream(input.fragments.slice(), { name: "source_fragments", create: true });
        await connection.insertArrowFromIPCStream(input.jobs.slice(), { name: "source_jobs", create: true });
        // A state that has not ended ends after its hours for now; a unit is 0.36 s.
        await ask(`create table fragments as select HISTORYID::text as machine, OLDSTATUSNAME::text as state, OLDREASONNAME::text as reason,
          JOBID::text as job, DAY as day, "BEGIN" as since, coalesce("END", "BEGIN" + UNITS * 36 // 100) as until, "END" is null as is_open,
          UNITS as units from source_fragments`);
        await ask(`create table jobs as select RESOURCEID::text as machine, JOBID::text as id, CREATEDATE as created,
          coalesce(ENDDATE, 9223372036854775807) as ended from source_jobs`);
        await ask("drop table source_fragments");
        await ask("drop table source_jobs");
      },
      merge: () => ask(`create table events as ${matched(merged("true"))}`),
      async sums({ events, fragments }, kinds) {
        if (fragments)
          await ask(`create or replace table cut as ${kinds.includes("links") ? matched(merged(fragments)) : merged(fragments)}`);
        const found = {};
        for (const kind of kinds) {
          const conditions = Object.keys(events).filter((name) => name !== kind);
          const where = conditions.map((name) => events[name]).join(" and ") || "true";
          const rows = await ask(`select ${SUMS[kind]} as name, count(*)::int as events, sum(units)::double / 10000 as hours
            from ${fragments ? "cut" : "events"} where ${where} group by 1`);
          found[kind] = rows.toArray().map(({ name, events, hours }) => [name, events, hours]);
        }
        return found;
      },
      async events() {
        const rows = await ask(`select machine, since::double as since, until::double as until, state, reason, fragments, link, job,
          units::double as units from events order by since, machine`);
        return rows.toArray().map(({ machine, since, until, state, reason, fragments, link, job, units }) => ({
          key: `${since} ${machine}`,
          told: [until, state, reason, fragments, link, job],
          hours: units / 10_000,
        }));
      },
    },
  };
}

const secondsOf = (text) => Date.parse(`${text.replace(" ", "T")}Z`) / 1_000;
/** The core shows one decimal. */
const isHours = (shown, exact) => Math.abs(shown - exact) < 0.05 + 1e-6;

/** Fails unless both have the same events, to the second, with the same jobs. */
function compareEvents(ours, theirs) {
  const wanted = new Map(theirs.map((event) => [event.key, event]));
  const agree = (event) => {
    const other = wanted.get(event.key);
    // One that goes on has no end in the core's list.
    const until = event.told[0] ?? other?.told[0];
    return other && isHours(event.hours, other.hours) && JSON.stringify([until, ...event.told.slice(1)]) === JSON.stringify(other.told);
  };
  const differing = ours.filter((event) => !agree(event));
  if (ours.length === wanted.size && differing.length === 0) return ours.length;
  const [first] = differing;
  throw new Error(
    `${ours.length} downtimes against ${wanted.size}, ${differing.length} differ, the first as ${JSON.stringify([first, first && wanted.get(first.key)])}`,
  );
}

/** The lists of the core's summary that the rival has too. */
const listsOf = (summary) => ({
  reasons: summary.reasons_by_events.map(({ reason, events, hours }) => [reason, events, hours]),
  states: summary.states.map(({ state, events, hours }) => [state, events, hours]),
  links: summary.job_links.map(({ job_link: link, events }) => [link, events]),
  shifts: summary.shifts.map(({ shift, events, down_hours: hours }) => [shift, events, hours]),
  days: summary.trend.map(({ date, events, down_hours: hours }) => [dayNumber(date), events, hours]),
  groups: summary.groups.map(({ workcenter, events, down_hours: hours }) => [workcenter, events, hours]),
});

/** Fails unless both have the same sums. */
function compareSums(asked, summary, theirs) {
  const lists = listsOf(summary);
  for (const kind of Object.keys(theirs)) {
    const ours = lists[kind].filter(([, events]) => events > 0);
    const wanted = new Map(theirs[kind].map(([name, ...figures]) => [name === null ? name : String(name), figures]));
    const agree = ([name, events, hours]) => {
      const [theirEvents, theirHours] = wanted.get(name === null ? name : String(name)) ?? [];
      return events === theirEvents && (hours === undefined || isHours(hours, theirHours));
    };
    if (ours.length === wanted.size && ours.every(agree)) continue;
    throw new Error(`downtimes, ${asked}, ${kind}: ${JSON.stringify(ours)} against ${JSON.stringify([...wanted])}`);
  }
}

async function once(work) {
  const start = performance.now();
  const result = await work();
  return [performance.now() - start, result];
}

/**
 * Times of both engines on this page in ms: `cold` of the first pass, which starts them, and `warm` of `rounds` further
 * ones, a list for each step. `turn` decides who goes first.
 */
export async function runDowntime(main, rounds, turn) {
  const bytesOf = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
  const input = {};
  for (const name of ["resource", "equipment", "workcenter"]) input[name] = await bytesOf(`/bench/history-${name}.arrow`);
  for (const name of ["fragments", "jobs"]) input[name] = await bytesOf(`/downtime/${name}`);
  input.groups = await (await fetch("/downtime/groups")).json();
  const engines = enginesOf(main, input);
  const order = Object.entries(engines);
  if (turn % 2 === 1) order.reverse();
  const filters = filtersOf(input.groups[0][1]);
  const cold = {};
  const warm = {};
  for (let round = 0; round <= rounds; round += 1) {
    const found = {};
    for (const [name, engine] of order) {
      const times = {};
      if (round === 0) [times.start] = await once(() => engine.start());
      await engine.prepare();
      [times.load] = await once(() => engine.load());
      [times["merge and match"]] = await once(() => engine.merge());
      for (const [what, kinds] of Object.entries(QUESTIONS)) {
        for (const [filtered, filter] of Object.entries(filters)) {
          const asked = `${filtered}: ${what}`;
          [times[asked], (found[asked] ??= {})[name]] = await once(() => engine.sums(filter, kinds));
        }
      }
      if (round === 0) cold[name] = times;
      else for (const [step, ms] of Object.entries(times)) ((warm[name] ??= {})[step] ??= []).push(ms);
    }
    for (const [asked, of] of Object.entries(found)) compareSums(asked, of[CORE], of[RIVAL]);
  }
  const events = compareEvents(engines[CORE].events(), await engines[RIVAL].events());
  return { events, cold, warm };
}
