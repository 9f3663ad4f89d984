// A table of one range of days, loaded on demand and kept in wasm memory. Whatever fails, the table that is
// there stays. While days of a range are pending on the server, its newest part is loaded, again as it grows.
import type { DayRange, MesApi, MesError, RequestOptions, SnapshotUpdate } from "mes-compute";
import { onScopeDispose, shallowRef, watch, type Ref } from "vue";

import { asMesError, livePlant } from "./livePlant";
import { useReturn } from "./useReturn";

/** How often a range that is shown is asked for again; the answer is mostly "unchanged". */
const REFRESH_MS = 300_000;

/** When a pending range is asked for again where the server doesn't say, s. */
const PENDING_RETRY_S = 5;

/** A range of which the server still reads days from the MES. */
export interface PendingRange {
  range: DayRange;
  /** Number of days that it has not read yet. */
  days: number;
}

/** The days of `range` from `from` on; undefined when there are none. */
export function partFrom(range: DayRange, from: string | undefined): DayRange | undefined {
  if (from === undefined || from > range.endDate) return undefined;
  return { ...range, startDate: from > range.startDate ? from : range.startDate };
}

interface RangeStore {
  readonly range: DayRange | undefined;
  update(api: MesApi, range: DayRange, options?: RequestOptions): Promise<SnapshotUpdate>;
  free(): void;
}

interface Options<S> {
  make: () => S;
  /** Whether what is held answers for what is wanted. */
  suffices: (held: DayRange | undefined, wanted: DayRange) => boolean;
  /** Called with what was loaded, unless it was unchanged. */
  onLoad: (store: S) => void;
}

/** Follows `wanted`; undefined asks for nothing. */
export function useRangeStore<S extends RangeStore>(wanted: Ref<DayRange | undefined>, { make, suffices, onLoad }: Options<S>) {
  const store = shallowRef<S>();
  const held = shallowRef<DayRange>();
  const loading = shallowRef(false);
  const problem = shallowRef<MesError>();
  /** When the server read the table, ms since 1970, and whether it could not read it again. */
  const readAt = shallowRef<number>();
  const stale = shallowRef(false);
  const pending = shallowRef<PendingRange>();
  let running: AbortController | undefined;
  let nextAsk: number | undefined;

  async function load(range: DayRange): Promise<void> {
    running?.abort();
    window.clearTimeout(nextAsk);
    const own = new AbortController();
    running = own;
    // What is pending is asked for in the background.
    loading.value = pending.value === undefined;
    try {
      const api = await livePlant.client;
      if (running !== own) return;
      const target = store.value ?? make();
      const options = { signal: own.signal };
      let update;
      try {
        update = await target.update(api, range, options);
        if (running !== own) return;
        pending.value = undefined;
      } catch (failure) {
        const { code, daysPending = 0, rolledUpFrom, retryAfterSeconds = PENDING_RETRY_S } = asMesError(failure);
        if (running !== own) return;
        if (code !== "HISTORY_PENDING") throw failure;
        pending.value = { range, days: daysPending };
        nextAsk = window.setTimeout(() => askAgain(range), retryAfterSeconds * 1000);
        const part = partFrom(range, rolledUpFrom);
        if (!part || suffices(held.value, part)) {
          problem.value = undefined;
          return;
        }
        update = await target.update(api, part, options);
      }
      if (running !== own) return;
      store.value = target;
      held.value = target.range;
      if (update.kind !== "unchanged") onLoad(target);
      readAt.value = update.updatedAt ?? undefined;
      stale.value = update.stale;
      problem.value = undefined;
    } catch (failure) {
      if (running !== own) return;
      problem.value = asMesError(failure);
    } finally {
      if (running === own) {
        running = undefined;
        loading.value = false;
      }
    }
  }

  /** Asks for a range that was pending; a page in the background waits until it is seen. */
  function askAgain(range: DayRange): void {
    if (document.visibilityState === "visible") void load(range);
    else nextAsk = window.setTimeout(() => askAgain(range), PENDING_RETRY_S * 1000);
  }

  /** Asks for what is wanted, unless it is there. */
  function follow(): void {
    const range = wanted.value;
    window.clearTimeout(nextAsk);
    pending.value = undefined;
    if (range && !suffices(held.value, range)) void load(range);
  }

  /** Asks again after a failure. */
  function retry(): void {
    if (wanted.value) void load(wanted.value);
  }

  // The same days in another object are no other wish.
  watch(() => wanted.value && `${wanted.value.startDate} ${wanted.value.endDate}`, follow, { immediate: true });
  useReturn(problem, retry);
  const refresh = window.setInterval(() => {
    if (wanted.value && held.value && !loading.value && !pending.value && document.visibilityState === "visible") void load(held.value);
  }, REFRESH_MS);
  onScopeDispose(() => {
    window.clearInterval(refresh);
    window.clearTimeout(nextAsk);
    running?.abort();
    store.value?.free();
  });

  return { store, held, loading, problem, pending, readAt, stale, retry };
}
