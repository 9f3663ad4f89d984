// A million fragments and 100,000 jobs, as the streams that the server sends: the same for every run.
import {
  Dictionary,
  Field,
  Int16,
  Int32,
  Int64,
  Int8,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  Utf8,
  makeData,
  vectorFromArray,
} from "apache-arrow";
import { createXXHash3 } from "hash-wasm";

const FRAGMENTS = 1_000_000;
const JOBS = 100_000;
const FIRST = "2026-08-01";
const LAST = "2026-10-29";
const DAY_SECS = 86_400;
const DAYS = 90;
/** State, reason and the category of a reason that counts. */
const STATES = [
  ["PRD", "Production RUN", null],
  ["UDT", "Jam", "repair"],
  ["UDT", "Repair", "repair"],
  ["SBY", "Wait Material", null],
  ["SDT", "換線", "changeover"],
  ["EGT", "DOE", "engineering"],
  ["SDT", null, null],
];

/** Numbers below an end, in a fixed sequence (mulberry32). */
function sequence(seed) {
  let state = seed;
  return (end) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  };
}

const firstDay = Date.parse(FIRST) / (DAY_SECS * 1_000);

/** How long a machine pauses between two of its states: mostly not, sometimes within a minute, rarely longer. */
function pause(below) {
  const kind = below(20);
  if (kind < 16) return 0;
  return kind < 19 ? 1 + below(60) : 61 + below(600);
}

/** Jobs of all machines, by machine, then creation, then id; many overlap, and some are still open. */
function jobRows(machines) {
  const below = sequence(2);
  const jobs = [];
  for (let number = 0; number < JOBS; number += 1) {
    const created = below(DAYS * 1_440) * 60;
    const clockOn = created + below(3_600);
    const clockOff = clockOn + below(40_000);
    const isOpen = below(200) === 0;
    jobs.push({
      id: `J${String(number).padStart(6, "0")}`,
      machine: below(machines),
      created,
      clockOn,
      clockOff,
      ended: isOpen ? null : clockOff,
    });
  }
  return jobs.sort((one, other) => one.machine - other.machine || one.created - other.created || (one.id < other.id ? -1 : 1));
}

/** States of each machine, by begin; the last one of every tenth machine goes on. Times are seconds after the first day. */
function* fragmentRows(machines, jobs) {
  const below = sequence(1);
  let nextJob = 0;
  const span = DAYS * DAY_SECS;
  for (let machine = 0; machine < machines; machine += 1) {
    const count = Math.floor((FRAGMENTS * (machine + 1)) / machines) - Math.floor((FRAGMENTS * machine) / machines);
    const known = [];
    for (; jobs[nextJob]?.machine === machine; nextJob += 1) known.push(jobs[nextJob].id);
    let at = 0;
    let kind = 0;
    for (let left = count; left > 0; left -= 1) {
      const begin = Math.min(at + pause(below), span - left);
      const seconds = Math.min(1 + below(Math.max(1, Math.floor((2 * (span - begin)) / left) - 120)), span - begin - left + 1);
      if (below(5) < 3) kind = below(STATES.length);
      const named = below(40);
      let job = null;
      if (named === 0) job = `X${String(below(500)).padStart(6, "0")}`;
      else if (named < 3 && known.length > 0) job = known[below(known.length)];
      const isOpen = left === 1 && machine % 10 === 0;
      yield { machine, kind, job, begin, seconds, isOpen };
      at = begin + seconds;
    }
  }
}

/** A column of text by its sorted names and a code per row, -1 where it is missing; dictionaries count up from `next`. */
function text(names, codes, next) {
  const sorted = [...names].sort();
  const place = new Map(sorted.map((name, at) => [name, at]));
  const [Key, List] = sorted.length <= 0x80 ? [Int8, Int8Array] : sorted.length <= 0x8000 ? [Int16, Int16Array] : [Int32, Int32Array];
  const type = new Dictionary(new Utf8(), new Key(), next());
  const keys = new List(codes.length);
  const missing = new Set();
  codes.forEach((code, row) => (code < 0 ? missing.add(row) : (keys[row] = place.get(names[code]))));
  return makeData({
    type,
    length: codes.length,
    ...validity(codes.length, missing),
    data: keys,
    dictionary: vectorFromArray(sorted, new Utf8()),
  });
}

function validity(length, missing) {
  if (missing.size === 0) return { nullCount: 0 };
  const nullBitmap = new Uint8Array(Math.ceil(length / 64) * 8).fill(0xff);
  for (const row of missing) nullBitmap[row >> 3] &= ~(1 << (row & 7));
  return { nullCount: missing.size, nullBitmap };
}

/** Seconds after the first day as seconds since 1970. */
function moments(values) {
  const missing = new Set();
  const data = BigInt64Array.from(values, (secs, row) => {
    if (secs !== null) return BigInt(secs + firstDay * DAY_SECS);
    missing.add(row);
    return 0n;
  });
  return makeData({ type: new Int64(), length: values.length, ...validity(values.length, missing), data });
}

const whole = (data) => makeData({ type: new Int32(), length: data.length, nullCount: 0, data });

/** One table as a stream with the checksum that its reader asks for, see `compute-core/src/table/ipc.rs`. */
async function stream(columns, metadata) {
  const write = (more) => {
    const fields = Object.entries(columns).map(([name, { type }]) => new Field(name, type, true));
    const schema = new Schema(fields, new Map(Object.entries({ ...metadata, ...more })));
    const children = Object.values(columns);
    const batch = new RecordBatch(schema, makeData({ type: new Struct(fields), length: children[0].length, nullCount: 0, children }));
    const writer = new RecordBatchStreamWriter();
    writer.write(batch);
    writer.finish();
    const bytes = writer.toUint8Array(true);
    return { bytes, header: 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) };
  };
  const hash = await createXXHash3();
  const add = (word) => {
    const bytes = Buffer.from(word);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(bytes.length));
    hash.update(length).update(bytes);
  };
  const entries = Object.entries(metadata).sort(([one], [other]) => (one < other ? -1 : 1));
  for (const [key, value] of entries) [key, value].forEach(add);
  for (const [name, { type }] of Object.entries(columns)) {
    const wire = type instanceof Dictionary ? `dictionary${type.indices.bitWidth}` : `int${type.bitWidth}`;
    [name, wire].forEach(add);
  }
  const plain = write({});
  hash.update(plain.bytes.subarray(plain.header));
  return write({ body_xxh3: hash.digest("hex") }).bytes;
}

const counter = () => {
  let last = -1;
  return () => (last += 1);
};

/** The streams of both tables; `ids` are the machines', ascending. */
export async function downtimeStreams(ids) {
  const jobs = jobRows(ids.length);
  const rows = [...fragmentRows(ids.length, jobs)];
  const pick = (read) => rows.map(read);
  const codesOf = (values) => {
    const codes = new Map();
    return [
      values.map((value) => (value === null ? -1 : (codes.get(value) ?? codes.set(value, codes.size).get(value)))),
      [...codes.keys()],
    ];
  };
  const column = (values, next) => {
    const [codes, names] = codesOf(values);
    return text(names, codes, next);
  };
  const ofKind = (read) => pick(({ kind }) => read(STATES[kind]));
  const next = counter();
  const fragments = await stream(
    {
      HISTORYID: column(
        pick(({ machine }) => ids[machine]),
        next,
      ),
      OLDSTATUSNAME: column(
        ofKind(([state]) => state),
        next,
      ),
      OLDREASONNAME: column(
        ofKind(([, reason]) => reason),
        next,
      ),
      JOBID: column(
        pick(({ job }) => job),
        next,
      ),
      E10_STATE: column(
        ofKind(([state]) => state),
        next,
      ),
      CATEGORY: column(
        ofKind(([, , category]) => category),
        next,
      ),
      DAY: whole(Int32Array.from(rows, ({ begin }) => firstDay + Math.floor(begin / DAY_SECS))),
      BEGIN: moments(pick(({ begin }) => begin)),
      END: moments(pick(({ begin, seconds, isOpen }) => (isOpen ? null : begin + seconds))),
      UNITS: whole(Int32Array.from(rows, ({ seconds }) => Math.round((seconds / 3_600) * 10_000))),
    },
    { dataset: "downtime", start_date: FIRST, end_date: LAST, day_start: "07:30", shifts: "12,12", absent: "" },
  );
  const nextOfJobs = counter();
  const unknown = () =>
    column(
      jobs.map(() => null),
      nextOfJobs,
    );
  const jobColumns = {
    RESOURCEID: column(
      jobs.map(({ machine }) => ids[machine]),
      nextOfJobs,
    ),
    JOBID: column(
      jobs.map(({ id }) => id),
      nextOfJobs,
    ),
    JOBORDERNAME: unknown(),
    JOBMODELNAME: unknown(),
    JOBSTATUS: unknown(),
    SYMPTOMCODENAME: unknown(),
    CAUSECODENAME: unknown(),
    REPAIRCODENAME: unknown(),
    CREATEDATE: moments(jobs.map(({ created }) => created)),
    ENDDATE: moments(jobs.map(({ ended }) => ended)),
    FIRSTCLOCKONDATE: moments(jobs.map(({ clockOn }) => clockOn)),
    LASTCLOCKOFFDATE: moments(jobs.map(({ clockOff }) => clockOff)),
  };
  return { fragments, jobs: await stream(jobColumns, { dataset: "jobs", absent: "" }) };
}
