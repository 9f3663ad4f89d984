// The hours of one range of days, loaded on demand and kept in wasm memory. A
// narrower range needs no request; whatever fails, the hours that are there stay.
// While days of a range are pending on the server, its newest part is loaded, again as it grows.
import { type DayRange, HistoryStore, type MesError } from "mes-compute";
import { computed, onScopeDispose, shallowRef, watch, type Ref } from "vue";

import { asMesError, livePlant } from "./livePlant";
import { useReturn } from "./useReturn";

/** How often a range that is shown is asked for again; the answer is mostly "unchanged". */
const REFRESH_MS = 300_000;

/** When a pending range is asked for again where the server doesn't say, s. */
const PENDING_RETRY_S = 5;

/** A range of which the server still reads days from the MES. */
export interface PendingHours {
  range: DayRange;
  /** Number of days that it has not read yet. */
  days: number;
}

/** Whether `inner` lies in `outer`; dates are `YYYY-MM-DD`, which compare as texts. */
export function covers(outer: DayRange | undefined, inner: DayRange): boolean {
  return outer !== undefined && outer.startDate <= inner.startDate && inner.endDate <= outer.endDate;
}

/** The days of `range` from `from` on; undefined when there are none. */
export function partFrom(range: DayRange, from: string | undefined): DayRange | undefined {
  if (from === undefined || from > range.endDate) return undefined;
  return { ...range, startDate: from > range.startDate ? from : range.startDate };
}

/**
 * The range to show: the one that is wanted once its hours are held, until then the one before. While days of
 * the one that is wanted are pending, it is that part of it that is held. The same object for the same days.
 */
export function shownRange(
  before: DayRange | undefined,
  held: DayRange | undefined,
  wanted: DayRange | undefined,
  isPending = false,
): DayRange | undefined {
  if (!held) return undefined;
  const part = wanted && isPending && held.endDate >= wanted.endDate ? partFrom(wanted, held.startDate) : undefined;
  const kept = before && covers(held, before) ? before : held;
  const next = wanted && covers(held, wanted) ? wanted : (part ?? kept);
  return before && covers(before, next) && covers(next, before) ? before : next;
}

/** Follows `wanted`; undefined asks for nothing. */
export function useHours(wanted: Ref<DayRange | undefined>) {
  const store = shallowRef<HistoryStore>();
  /** Counts what the store was given, so that computed values follow. */
  const tick = shallowRef(0);
  const held = shallowRef<DayRange>();
  const loading = shallowRef(false);
  const problem = shallowRef<MesError>();
  /** When the server read the hours, ms since 1970, and whether it could not read them again. */
  const readAt = shallowRef<number>();
  const stale = shallowRef(false);
  const pending = shallowRef<PendingHours>();
  let running: AbortController | undefined;
  let nextAsk: number | undefined;

  function join(): void {
    const machines = livePlant.stores.equipment;
    held.value = store.value?.range;
    if (!store.value || !held.value || !machines?.ready) return;
    store.value.join(machines);
    tick.value += 1;
  }

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
      const target = store.value ?? new HistoryStore();
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
        if (!part || covers(held.value, part)) {
          problem.value = undefined;
          return;
        }
        update = await target.update(api, part, options);
      }
      if (running !== own) return;
      store.value = target;
      if (update.kind !== "unchanged") join();
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
    if (range && !covers(held.value, range)) void load(range);
  }

  /** Asks again after a failure. */
  function retry(): void {
    if (wanted.value) void load(wanted.value);
  }

  watch(wanted, follow, { immediate: true });
  watch(livePlant.equipmentTick, join);
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

  const shown = computed<DayRange | undefined>((before) => shownRange(before, held.value, wanted.value, pending.value !== undefined));
  /** The hours to show, again for what the store was given; undefined before there are any. */
  const hours = computed(() => {
    if (tick.value === 0 || !store.value?.ready || !shown.value) return undefined;
    return { store: store.value, range: shown.value };
  });

  return { hours, loading, problem, pending, readAt, stale, retry };
}
