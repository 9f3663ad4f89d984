// The only module with snapshots: downloads them once, keeps them in wasm memory, and applies deltas on the server's events.
// After any failure the last good data stays; older responses never replace newer ones.
import init, {
  fields,
  EquipmentStore,
  LotStore,
  MesApi,
  type MesError,
  type MesEvent,
  type ShownTable,
  type SnapshotInfo,
} from "mes-compute";
import wasmUrl from "mes-compute-wasm?url";
import { reactive, shallowReactive, shallowRef } from "vue";

import { at, base, within } from "../contract/addresses";
import { rememberAnnounced } from "../contract/announcedData";
import type { Schemas } from "../contract/api";
import { takeFields } from "../contract/fields";
import { datasetValues } from "../contract/generated";
import { bringNews } from "../figures/news";
import { type EngineLoad, loadEngine } from "./engine";
import type { EventStream } from "./eventStream";
import { createHand } from "./hand";
import { askDelayMs, type Connection } from "./liveness";
import { isSeen } from "./seen";
import { serverClock } from "../contract/serverClock";
import { openSharedStream } from "./sharedStream";

export const DATASETS = datasetValues;
export type Dataset = Schemas["Dataset"];

/** What failed is asked for again after this long and up to as long again, so that browsers don't come together, ms. */
const AGAIN_MS = 15_000;

/** How one dataset is doing. */
export interface DatasetStatus {
  /** What is held; undefined before the first load. */
  info: SnapshotInfo | undefined;
  /** When the server read this version, ms since 1970. */
  updatedAt: number | undefined;
  /** Bytes of the last download, uncompressed. */
  bytes: number;
  /** How the last download came. */
  kind: "full" | "delta" | undefined;
  loading: boolean;
  /** Why the last download failed. */
  problem: MesError | undefined;
  /** Since when something else than what is held is announced, ms since 1970. */
  behindSince: number | undefined;
}

/** Reads wait, because the server asked for it. */
export interface Pause {
  /** The server's reason, else the code of the error that began it. */
  reason: string;
  /** When the next probe goes, ms since 1970. */
  retryAt: number;
}

/** What the client tells of one request. */
export type RequestEvent = Extract<MesEvent, { type: "retrying" | "failed" }> | { type: "ended"; url: string };

/** Whether the plant refreshes this address on its own. */
function isSnapshot(url: string): boolean {
  return DATASETS.some((dataset) => within(new URL(url, location.href).pathname) === `/api/snapshot/${dataset}`);
}

export function isMesError(value: unknown): value is MesError {
  return value instanceof Error && "code" in value;
}

/** Whatever was thrown, as an error with a code. */
export function asMesError(thrown: unknown): MesError {
  return isMesError(thrown) ? thrown : Object.assign(new Error(String(thrown)), { code: "UNEXPECTED" });
}

/** A time of this computer's clock by that of the server. */
function serverTime(at: number): number {
  return serverClock.now() - (Date.now() - at);
}

function createLivePlant() {
  const status = reactive(
    Object.fromEntries(
      DATASETS.map((dataset) => [
        dataset,
        { info: undefined, updatedAt: undefined, bytes: 0, kind: undefined, loading: false, problem: undefined, behindSince: undefined },
      ]),
    ) as unknown as Record<Dataset, DatasetStatus>,
  );
  // Stores are in wasm memory; a counter notifies Vue of changed content.
  const stores = shallowReactive<{ lots: LotStore | undefined; equipment: EquipmentStore | undefined }>({
    lots: undefined,
    equipment: undefined,
  });
  const lotsTick = shallowRef(0);
  const equipmentTick = shallowRef(0);
  const connection = shallowRef<Connection>("connecting");
  /** When the stream of events is opened again, ms since 1970; undefined while it is open. */
  const reconnectAt = shallowRef<number>();
  /** While the connection is lost: when the server was last heard, ms since 1970 by its clock. */
  const heardAt = shallowRef<number>();
  /** While announcements don't arrive: when the server answered questions instead, and when it is asked again, ms since 1970. */
  const asked = shallowRef<{ at: number; nextAt: number }>();
  /** Counts the streams: a new one may be another server's. */
  const opened = shallowRef(0);
  const condition = shallowRef<Schemas["ConditionEvent"]>();
  /** How many alert rules fire; undefined where none are watched. */
  const alerts = shallowRef<Schemas["AlertNews"]>();
  /** Why and until when the client keeps reads back; undefined while it does not. */
  const paused = shallowRef<Pause>();
  /** Since when nothing that is asked of the server is answered, ms since 1970 by its clock; undefined while it answers. */
  const silentSince = shallowRef<number>();
  /** Since when a person holds what is shown, ms since 1970, and how many announcements wait; undefined while nobody does. */
  const held = shallowRef<{ at: number; waiting: number }>();
  /** Whether what is shown is of another time than now: nothing is downloaded. */
  const isAway = shallowRef(false);
  const listeners = new Set<(event: RequestEvent) => void>();
  let active = 0;

  function tell(event: RequestEvent): void {
    if (!isSnapshot(event.url)) for (const listener of listeners) listener(event);
  }
  const fatal = shallowRef<string>();
  const wanted = new Map<Dataset, Schemas["SnapshotEvent"]>();
  let engine: EngineLoad | undefined;
  let api: MesApi | undefined;
  let begun: (api: MesApi) => void;

  async function download(dataset: Dataset): Promise<void> {
    const entry = status[dataset];
    const { lots, equipment } = stores;
    if (!api || !lots || !equipment) throw new Error("the engine is not started");
    const update = await (dataset === "wip" ? lots.update(api, undefined) : equipment.update(api, dataset, undefined));
    entry.updatedAt = update.updatedAt ?? undefined;
    if (update.kind === "unchanged") return;
    entry.info = update.info;
    entry.bytes = update.bytes;
    entry.kind = update.kind;
    if (dataset === "wip") lotsTick.value += 1;
    else if (equipment.ready) equipmentTick.value += 1;
    bringNews();
  }

  const hand = createHand(globalThis);
  const again = new Map<Dataset, ReturnType<typeof setTimeout>>();

  /** Retries on its own, because the server announces a version once. An unreachable server is left to the stream. */
  function followLater(dataset: Dataset): void {
    const run = () => (connection.value === "lost" ? followLater(dataset) : void follow(dataset));
    again.set(dataset, setTimeout(run, AGAIN_MS * (1 + Math.random())));
  }

  /** Whether something else than what is held was announced. */
  function isBehind(dataset: Dataset): boolean {
    return wanted.has(dataset) && wanted.get(dataset)!.version !== status[dataset].info?.version;
  }

  /** Notes since when something is missing. */
  function look(dataset: Dataset): void {
    status[dataset].behindSince = isBehind(dataset) ? (status[dataset].behindSince ?? serverClock.now()) : undefined;
  }

  const running = new Map<Dataset, Promise<void>>();
  /** Reads of many rows that are under way. */
  let readers = 0;

  /** Downloads until what is held is what was announced last; one download at a time. */
  function follow(dataset: Dataset): Promise<void> {
    // What was never shown can't be held.
    if (isAway.value || (held.value && status[dataset].info)) return Promise.resolve();
    const under = running.get(dataset);
    if (under) return under;
    const work = catchUp(dataset).finally(() => running.delete(dataset));
    running.set(dataset, work);
    return work;
  }

  async function catchUp(dataset: Dataset): Promise<void> {
    const entry = status[dataset];
    if (!api || readers > 0) return;
    clearTimeout(again.get(dataset));
    entry.loading = true;
    try {
      let isNews = true;
      while (isNews) {
        const since = entry.info?.version;
        const asked = wanted.get(dataset);
        if (entry.info) await hand.rests();
        await download(dataset);
        entry.problem = undefined;
        look(dataset);
        const hasMoved = entry.info?.version !== since || wanted.get(dataset) !== asked;
        isNews = hasMoved && isBehind(dataset) && connection.value === "live" && readers === 0 && !isAway.value;
      }
      // The server that answers does not have yet what another one announced: it is given time.
      if (isBehind(dataset)) followLater(dataset);
    } catch (problem) {
      entry.problem = asMesError(problem);
      followLater(dataset);
    } finally {
      entry.loading = false;
    }
  }

  /**
   * Runs `work`, which reads the stores in parts, on one version of them: nothing is downloaded meanwhile,
   * and after the end of a download that was under way it runs again.
   */
  async function whileStill<T>(work: () => Promise<T>): Promise<T> {
    readers += 1;
    try {
      for (;;) {
        const [lots, machines] = [lotsTick.value, equipmentTick.value];
        const done = await work();
        if (lots === lotsTick.value && machines === equipmentTick.value) return done;
      }
    } finally {
      readers -= 1;
      for (const dataset of DATASETS) if (isBehind(dataset) || status[dataset].problem) void follow(dataset);
    }
  }

  let stream: Pick<EventStream, "connectNow"> | undefined;
  let asking: ReturnType<typeof setTimeout> | undefined;
  let isAsking = false;
  let questions = 0;
  let refusals = 0;

  function announced(announcement: Schemas["SnapshotEvent"]): void {
    const { dataset, version } = announcement;
    if (!DATASETS.includes(dataset)) return;
    rememberAnnounced(announcement.read_token);
    wanted.set(dataset, announcement);
    look(dataset);
    if (status[dataset].info?.version === version) status[dataset].updatedAt = Date.parse(announcement.updated_at);
    else {
      if (held.value) held.value = { ...held.value, waiting: held.value.waiting + 1 };
      void follow(dataset);
    }
  }

  /** Asks now and then while announcements don't arrive; something on the way may hold them back. */
  function askLater(): void {
    clearTimeout(asking);
    const delay = askDelayMs(questions, refusals, Math.random());
    if (asked.value) asked.value = { ...asked.value, nextAt: Date.now() + delay };
    asking = setTimeout(() => void ask(), delay);
  }

  async function ask(): Promise<void> {
    if (isAsking) return;
    clearTimeout(asking);
    // Who does not look at the page needs no answer until they do.
    if (isSeen() && !held.value && !isAway.value) {
      isAsking = true;
      questions += 1;
      for (const dataset of DATASETS) {
        // What was announced before the silence may never come; what the server has now is news.
        wanted.delete(dataset);
        await follow(dataset);
        if (connection.value !== "lost" || status[dataset].problem) break;
      }
      isAsking = false;
      if (connection.value !== "lost") return;
      const isAnswered = DATASETS.every((dataset) => !status[dataset].problem);
      refusals = isAnswered ? 0 : refusals + 1;
      asked.value = isAnswered ? { at: serverClock.now(), nextAt: Date.now() } : undefined;
    }
    askLater();
  }

  function lost(retryAt: number, lastHeardAt: number | undefined): void {
    if (connection.value !== "lost") {
      questions = 0;
      refusals = 0;
      connection.value = "lost";
      askLater();
    }
    reconnectAt.value = retryAt;
    heardAt.value = lastHeardAt && serverTime(lastHeardAt);
  }

  function back(): void {
    clearTimeout(asking);
    asked.value = undefined;
    connection.value = "live";
    reconnectAt.value = undefined;
    heardAt.value = undefined;
    opened.value += 1;
    for (const dataset of DATASETS) if (isBehind(dataset)) void follow(dataset);
  }

  function listen(): void {
    stream = openSharedStream(at("/api/events"), {
      onOpen: back,
      onLost: lost,
      on: {
        snapshot: (data) => announced(data as Schemas["SnapshotEvent"]),
        condition: (data) => (condition.value = data as Schemas["ConditionEvent"]),
        alerts: (data) => (alerts.value = data as Schemas["AlertNews"]),
      },
    });
  }

  /** Starts the engine and follows the server; `onClient` gets the client first. */
  async function start(csrfToken: () => string | undefined, onClient: (api: MesApi) => void): Promise<void> {
    engine = loadEngine(() => fetch(wasmUrl), {
      onSilent: (since) => (silentSince.value = since && serverTime(since)),
      onLost(retryAt) {
        connection.value = "lost";
        reconnectAt.value = retryAt;
      },
    });
    try {
      await init({ module_or_path: await engine.response });
    } catch (problem) {
      fatal.value = String(problem);
      return;
    }
    connection.value = "connecting";
    reconnectAt.value = undefined;
    takeFields(fields());
    api = new MesApi({ csrfToken, baseUrl: base });
    api.onEvent((event) => {
      if (event.type === "degraded") paused.value = { reason: event.reason, retryAt: event.retryAt };
      if (event.type === "recovered") paused.value = undefined;
      if (event.type === "silent") silentSince.value = event.since && serverTime(event.since);
      if (event.type === "loading") {
        const hasEnded = event.active < active;
        active = event.active;
        if (hasEnded) tell({ type: "ended", url: event.url });
      } else if (event.type === "retrying" || event.type === "failed") tell(event);
    });
    begun(api);
    onClient(api);
    stores.lots = new LotStore();
    stores.equipment = new EquipmentStore();
    await Promise.all(DATASETS.map(follow));
    listen();
  }

  /** Tries again what failed. */
  function retry(): void {
    engine?.retryNow();
    if (connection.value === "lost") {
      stream?.connectNow();
      void ask();
    }
    const probeAt = paused.value && api?.retryNow();
    if (paused.value && typeof probeAt === "number") paused.value = { ...paused.value, retryAt: probeAt };
    for (const dataset of DATASETS) if (status[dataset].problem) void follow(dataset);
  }

  /** Keeps what is shown as it is. */
  function hold(): void {
    held.value = { at: serverClock.now(), waiting: 0 };
  }
  /** Shows what is new again. */
  function release(): void {
    held.value = undefined;
    for (const dataset of DATASETS) if (isBehind(dataset) || status[dataset].problem) void follow(dataset);
    if (connection.value === "lost") void ask();
  }

  /** Downloads nothing more, and resolves when no download is under way. */
  async function leaveNow(): Promise<void> {
    isAway.value = true;
    await client;
    await Promise.allSettled(running.values());
  }
  /** Shows what `show` puts into the stores, and says which versions those are. */
  function showKept(show: (lots: LotStore, machines: EquipmentStore) => ShownTable[]): ShownTable[] {
    const { lots, equipment } = stores;
    if (!lots || !equipment) return [];
    const shown = show(lots, equipment);
    for (const { dataset, version, rows, sysDate, updatedAt } of shown) {
      const entry = status[dataset];
      const isNew = entry.info?.version !== version;
      Object.assign(entry, { info: { dataset, version, rows, sysDate }, updatedAt, problem: undefined, behindSince: undefined });
      if (isNew && dataset === "wip") lotsTick.value += 1;
      else if (isNew && equipment.ready) equipmentTick.value += 1;
    }
    return shown;
  }
  /** Shows what is new again, after another time was shown. */
  function backToNow(): void {
    isAway.value = false;
    for (const dataset of DATASETS) void follow(dataset);
  }

  /** The client, once the engine runs: for what is asked of the server on demand. */
  const client = new Promise<MesApi>((resolve) => (begun = resolve));

  /** Calls back for requests that somebody waits for, until the function that it answers is called. */
  function onRequest(listener: (event: RequestEvent) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return {
    client,
    onRequest,
    status,
    stores,
    lotsTick,
    equipmentTick,
    connection,
    reconnectAt,
    heardAt,
    asked,
    opened,
    condition,
    alerts,
    paused,
    silentSince,
    held,
    hold,
    release,
    isAway,
    leaveNow,
    showKept,
    backToNow,
    fatal,
    start,
    retry,
    whileStill,
  };
}

export const livePlant = createLivePlant();
