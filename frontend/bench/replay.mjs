// Updates of a plant, recorded once and sent again as fast as a page takes them.
import { createServer, request as ask } from "node:http";
import { once } from "node:events";

const DATASETS = ["wip", "equipment"];
const addressOf = (dataset, since) =>
  `/api/snapshot/${dataset}?${new URLSearchParams({ ...(dataset === "wip" && { include_dummy: "true" }), ...(since && { since }) })}`;
/** Headers that say what a body is; it is sent without the coding that it came in. */
const isKept = (name) => /^(x-mes-|etag|content-type|cache-control)/.test(name);

async function fetched(origin, dataset, since) {
  const response = await fetch(`${origin}${addressOf(dataset, since)}`);
  const headers = Object.fromEntries([...response.headers].filter(([name]) => isKept(name)));
  return { status: response.status, headers, body: Buffer.from(await response.arrayBuffer()) };
}

/** What the stream of events says, until `isEnough` of it. */
async function heard(origin, take) {
  const leave = new AbortController();
  const response = await fetch(`${origin}/api/events`, { signal: leave.signal });
  let text = "";
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    const whole = text.split("\n\n");
    text = whole.pop();
    for (const event of whole) if (await take(event)) return leave.abort();
  }
}

/** Records `count` versions of each dataset that moves, the first as a whole, and what is said of the others. */
export async function recorded(origin, count) {
  const others = [];
  const versions = Object.fromEntries(DATASETS.map((dataset) => [dataset, []]));
  await heard(origin, async (event) => {
    const data = /^data: (.*)$/m.exec(event)?.[1];
    const told = data && JSON.parse(data);
    const list = versions[told?.dataset];
    if (!list && data) others.push(event);
    if (list && list.length < count && list.at(-1)?.version !== told.version) {
      const answer = await fetched(origin, told.dataset, list.at(-1)?.version);
      // The answer may be newer than the announcement.
      const version = answer.headers["x-mes-version"];
      if (answer.status === 200) list.push({ version, event: event.replaceAll(told.version, version), answer });
    }
    return DATASETS.every((dataset) => versions[dataset].length === count);
  });
  return { others, versions };
}

/** A version in a later lap: a name of the same length that no version had before, as on a plant that goes on. */
const inLap = (version, lap) => lap.toString(36).padStart(6, "0") + version.slice(6);

/** Serves what is recorded in front of `origin`: `next(dataset)` announces another version and resolves once it was sent. */
export async function whileReplaying(origin, { others, versions }, use) {
  const at = Object.fromEntries(DATASETS.map((dataset) => [dataset, 0]));
  const streams = new Set();
  const taken = new Map();
  /** The version at a place in all laps; `before` is its base, which the first of a lap has not. */
  function versionAt(dataset, place) {
    const list = versions[dataset];
    const [index, lap] = [place % list.length, Math.floor(place / list.length)];
    const { version, event, answer } = list[index];
    const names = list.slice(Math.max(0, index - 1), index + 1).map((one) => one.version);
    const renamed = (text) => names.reduce((left, name) => left.replaceAll(name, inLap(name, lap)), text);
    const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, renamed(value)]));
    const body = index === 0 ? answer.body : Buffer.from(renamed(answer.body.toString("latin1")), "latin1");
    const before = index === 0 ? undefined : inLap(names[0], lap);
    return { version: inLap(version, lap), before, event: renamed(event), answer: { status: answer.status, headers, body } };
  }
  const current = (dataset) => versionAt(dataset, at[dataset]);
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, origin);
    const dataset = DATASETS.find((name) => pathname === `/api/snapshot/${name}`);
    if (pathname === "/api/events") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(": connected\n\n");
      for (const event of [...others, ...DATASETS.map((name) => current(name).event)]) response.write(`${event}\n\n`);
      streams.add(response);
      request.on("close", () => streams.delete(response));
    } else if (dataset) {
      const { before } = current(dataset);
      const { length } = versions[dataset];
      // A page that does not hold the version before the current one starts again with a whole table.
      if (before === undefined || before !== searchParams.get("since")) at[dataset] = Math.ceil(at[dataset] / length) * length;
      const { status, headers, body } = current(dataset).answer;
      response.writeHead(status, headers).end(body);
      taken.get(dataset)?.();
    } else {
      const onward = ask(`${origin}${request.url}`, { method: request.method, headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode, answer.headers);
        answer.pipe(response);
      });
      onward.on("error", () => response.destroy());
      request.pipe(onward);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const next = (dataset) =>
    new Promise((done) => {
      taken.set(dataset, done);
      at[dataset] += 1;
      for (const stream of streams) stream.write(`${current(dataset).event}\n\n`);
    });
  try {
    return await use(`http://127.0.0.1:${server.address().port}`, next);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
