// The one place that knows snapshots: downloads them once, keeps them in wasm
// memory, and follows the server's announcements by deltas. Whatever fails,
// the last good data stays; older answers never replace newer ones.
import init, { EquipmentStore, LotStore, MesApi, type MesError, type MesEvent, type SnapshotInfo } from "mes-compute";
import wasmUrl from "mes-compute-wasm?url";
import { reactive, shallowReactive, shallowRef } from "vue";

import { csrfToken, followSession } from "../session/session";
import { followNavigation } from "../shell/navigation";
import { type EventStream, openEventStream } from "./eventStream";

export const DATASETS = ["wip", "resource", "equipment", "workcenter"] as const;
export type Dataset = (typeof DATASETS)[number];

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
}

export type Connection = "connecting" | "live" | "lost";

/** Whether all of the server's data is current; see the `condition` event of `/api/events`. */
export interface Condition {
  status: "healthy" | "degraded" | "unhealthy";
  degraded_reason: string | null;
  /** When each dataset that is not current was last found current. */
  stale: Partial<Record<Dataset, string | null>>;
}

/** Reads wait, because the server asked for it. */
export interface Pause {
  /** Code of the answer that began it. */
  code: string;
  /** When the next probe goes, ms since 1970. */
  retryAt: number;
}

/** What the client tells of one request. */
export type RequestEvent = Extract<MesEvent, { type: "retrying" | "failed" }> | { type: "ended"; url: string };

interface Announcement {
  dataset: Dataset;
  version: string;
  rows: number;
  updated_at: string;
}

/** Whether the plant follows what is at this address by itself. */
function isSnapshot(url: string): boolean {
  return DATASETS.some((dataset) => new URL(url, location.href).pathname === `/api/snapshot/${dataset}`);
}

export function isMesError(value: unknown): value is MesError {
  return value instanceof Error && "code" in value;
}

/** Whatever was thrown, as an error with a code. */
export function asMesError(thrown: unknown): MesError {
  return isMesError(thrown) ? thrown : Object.assign(new Error(String(thrown)), { code: "UNEXPECTED" });
}

function createLivePlant() {
  const status = reactive(
    Object.fromEntries(
      DATASETS.map((dataset) => [
        dataset,
        { info: undefined, updatedAt: undefined, bytes: 0, kind: undefined, loading: false, problem: undefined },
      ]),
    ) as unknown as Record<Dataset, DatasetStatus>,
  );
  // Stores live in wasm; a counter tells Vue that their content changed.
  const stores = shallowReactive<{ lots: LotStore | undefined; equipment: EquipmentStore | undefined }>({
    lots: undefined,
    equipment: undefined,
  });
  const lotsTick = shallowRef(0);
  const equipmentTick = shallowRef(0);
  const connection = shallowRef<Connection>("connecting");
  /** When the stream of events is opened again, ms since 1970; undefined while it is open. */
  const reconnectAt = shallowRef<number>();
  const condition = shallowRef<Condition>();
  /** Why and until when the client keeps reads back; undefined while it does not. */
  const paused = shallowRef<Pause>();
  const listeners = new Set<(event: RequestEvent) => void>();
  let active = 0;

  function tell(event: RequestEvent): void {
    if (!isSnapshot(event.url)) for (const listener of listeners) listener(event);
  }
  const fatal = shallowRef<string>();
  const wanted = new Map<Dataset, Announcement>();
  let api: MesApi | undefined;
  let opened: (api: MesApi) => void;

  function put(dataset: Dataset, kind: "full" | "delta", bytes: Uint8Array, version: string): SnapshotInfo {
    if (dataset === "wip") {
      const store = stores.lots;
      if (!store) throw new Error("the store of the lots is not open");
      const info = kind === "delta" ? store.applyDelta(bytes) : store.load(bytes, version);
      lotsTick.value += 1;
      return info;
    }
    const store = stores.equipment;
    if (!store) throw new Error("the store of the machines is not open");
    const info = kind === "delta" ? store.applyDelta(dataset, bytes) : store.load(dataset, bytes, version);
    if (store.ready) equipmentTick.value += 1;
    return info;
  }

  async function download(dataset: Dataset, since: string | undefined): Promise<void> {
    const entry = status[dataset];
    const answer = await api!.getBytes(`/api/snapshot/${dataset}`, { query: { since } });
    if (answer.kind === "not-modified" || answer.version === null) return;
    const info = put(dataset, answer.kind, answer.bytes, answer.version);
    entry.info = info;
    entry.bytes = answer.bytes.length;
    entry.kind = answer.kind;
    entry.updatedAt = wanted.get(dataset)?.version === info.version ? Date.parse(wanted.get(dataset)!.updated_at) : Date.now();
  }

  const again = new Map<Dataset, ReturnType<typeof setTimeout>>();

  /** Asks again by itself: the server announces a version once. A server that is away is left to the stream. */
  function followLater(dataset: Dataset): void {
    const run = () => (connection.value === "lost" ? followLater(dataset) : void follow(dataset));
    again.set(dataset, setTimeout(run, AGAIN_MS * (1 + Math.random())));
  }

  /** Whether something else than what is held was announced. */
  function isBehind(dataset: Dataset): boolean {
    return wanted.has(dataset) && wanted.get(dataset)!.version !== status[dataset].info?.version;
  }

  /** Downloads until what is held is what was announced last; one download at a time. */
  async function follow(dataset: Dataset): Promise<void> {
    const entry = status[dataset];
    if (entry.loading || !api) return;
    clearTimeout(again.get(dataset));
    entry.loading = true;
    try {
      let isNews = true;
      while (isNews) {
        const since = entry.info?.version;
        const asked = wanted.get(dataset);
        try {
          await download(dataset, since);
        } catch (problem) {
          // A delta that does not fit is answered by the full table, once.
          if (since === undefined || !isMesError(problem) || !/^(DECODE_ERROR|DELTA_BASE_MISMATCH)$/.test(problem.code)) throw problem;
          await download(dataset, undefined);
        }
        entry.problem = undefined;
        const hasMoved = entry.info?.version !== since || wanted.get(dataset) !== asked;
        isNews = hasMoved && isBehind(dataset) && connection.value === "live";
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

  let stream: EventStream | undefined;

  function announced(announcement: Announcement): void {
    const { dataset, version } = announcement;
    if (!DATASETS.includes(dataset)) return;
    wanted.set(dataset, announcement);
    if (status[dataset].info?.version === version) status[dataset].updatedAt = Date.parse(announcement.updated_at);
    else void follow(dataset);
  }

  function listen(): void {
    stream = openEventStream("/api/events", {
      onOpen() {
        connection.value = "live";
        reconnectAt.value = undefined;
      },
      onLost(retryAt) {
        connection.value = "lost";
        reconnectAt.value = retryAt;
      },
      on: {
        snapshot: (data) => announced(data as Announcement),
        condition: (data) => (condition.value = data as Condition),
      },
    });
  }

  async function start(): Promise<void> {
    try {
      await init({ module_or_path: wasmUrl });
    } catch (problem) {
      fatal.value = String(problem);
      return;
    }
    api = new MesApi({ csrfToken });
    api.onEvent((event) => {
      if (event.type === "degraded") paused.value = { code: event.reason, retryAt: event.retryAt };
      if (event.type === "recovered") paused.value = undefined;
      if (event.type === "loading") {
        const hasEnded = event.active < active;
        active = event.active;
        if (hasEnded) tell({ type: "ended", url: event.url });
      } else if (event.type === "retrying" || event.type === "failed") tell(event);
    });
    opened(api);
    followSession(api);
    followNavigation(api);
    stores.lots = new LotStore();
    stores.equipment = new EquipmentStore();
    await Promise.all(DATASETS.map(follow));
    listen();
  }

  /** Tries again what failed. */
  function retry(): void {
    if (connection.value === "lost") stream?.connectNow();
    const probeAt = paused.value && api?.retryNow();
    if (paused.value && typeof probeAt === "number") paused.value = { ...paused.value, retryAt: probeAt };
    for (const dataset of DATASETS) if (status[dataset].problem) void follow(dataset);
  }

  /** The client, once the engine runs: for what is asked of the server on demand. */
  const client = new Promise<MesApi>((resolve) => (opened = resolve));

  /** Calls back for requests that somebody waits for, until the function that it answers is called. */
  function onRequest(listener: (event: RequestEvent) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return { client, onRequest, status, stores, lotsTick, equipmentTick, connection, reconnectAt, condition, paused, fatal, start, retry };
}

export const livePlant = createLivePlant();
