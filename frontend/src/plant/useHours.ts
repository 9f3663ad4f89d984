// The hours of one range of days, loaded on demand and kept in wasm memory. A
// narrower range needs no request; whatever fails, the hours that are there stay.
import { type DayRange, HistoryStore, type MesError } from "mes-compute";
import { computed, onScopeDispose, shallowRef, watch, type Ref } from "vue";

import { asMesError, livePlant } from "./livePlant";
import { useReturn } from "./useReturn";

/** How often a range that is shown is asked for again; the answer is mostly "unchanged". */
const REFRESH_MS = 300_000;

/** Whether `inner` lies in `outer`; dates are `YYYY-MM-DD`, which compare as texts. */
export function covers(outer: DayRange | undefined, inner: DayRange): boolean {
  return outer !== undefined && outer.startDate <= inner.startDate && inner.endDate <= outer.endDate;
}

/** The range to show: the one that is wanted once its hours are held, until then the one before; the same object for the same days. */
export function shownRange(before: DayRange | undefined, held: DayRange | undefined, wanted: DayRange | undefined): DayRange | undefined {
  if (!held) return undefined;
  const next = wanted && covers(held, wanted) ? wanted : (before ?? held);
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
  let running: AbortController | undefined;

  function join(): void {
    const machines = livePlant.stores.equipment;
    held.value = store.value?.range;
    if (!store.value || !held.value || !machines?.ready) return;
    store.value.join(machines);
    tick.value += 1;
  }

  async function load(range: DayRange): Promise<void> {
    running?.abort();
    const own = new AbortController();
    running = own;
    loading.value = true;
    try {
      const api = await livePlant.client;
      if (running !== own) return;
      const target = store.value ?? new HistoryStore();
      const update = await target.update(api, range, { signal: own.signal });
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

  /** Asks for what is wanted, unless it is there. */
  function follow(): void {
    const range = wanted.value;
    if (range && !covers(held.value, range)) void load(range);
  }

  /** Asks again after a failure. */
  function retry(): void {
    if (wanted.value) void load(wanted.value);
  }

  watch(wanted, follow, { immediate: true });
  watch(livePlant.equipmentTick, join);
  useReturn(() => problem.value && retry());
  const refresh = window.setInterval(() => {
    if (wanted.value && held.value && !loading.value && document.visibilityState === "visible") void load(held.value);
  }, REFRESH_MS);
  onScopeDispose(() => {
    window.clearInterval(refresh);
    running?.abort();
    store.value?.free();
  });

  const shown = computed<DayRange | undefined>((before) => shownRange(before, held.value, wanted.value));
  /** The hours to show, again for what the store was given; undefined before there are any. */
  const hours = computed(() => {
    if (tick.value === 0 || !store.value?.ready || !shown.value) return undefined;
    return { store: store.value, range: shown.value };
  });

  return { hours, loading, problem, readAt, stale, retry };
}
