// The hours of one range of days. A narrower range needs no request.
import { type DayRange, HistoryStore } from "mes-compute";
import { computed, shallowRef, watch, type Ref } from "vue";

import { livePlant } from "./livePlant";
import { partFrom, useRangeStore } from "./useRangeStore";

/** Whether `inner` lies in `outer`; dates are `YYYY-MM-DD`, which compare as texts. */
export function covers(outer: DayRange | undefined, inner: DayRange): boolean {
  return outer !== undefined && outer.startDate <= inner.startDate && inner.endDate <= outer.endDate;
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
  /** Counts what was joined, so that computed values follow. */
  const tick = shallowRef(0);
  function join(store: HistoryStore | undefined): void {
    const machines = livePlant.stores.equipment;
    if (!store?.range || !machines?.ready) return;
    store.join(machines);
    tick.value += 1;
  }
  const { store, held, ...reading } = useRangeStore(wanted, { make: () => new HistoryStore(), suffices: covers, onLoad: join });
  watch(livePlant.equipmentTick, () => join(store.value));

  const shown = computed<DayRange | undefined>((before) =>
    shownRange(before, held.value, wanted.value, reading.pending.value !== undefined),
  );
  /** The hours to show, again for what the store was given; undefined before there are any. */
  const hours = computed(() => {
    if (tick.value === 0 || !store.value?.ready || !shown.value) return undefined;
    return { store: store.value, range: shown.value };
  });

  return { hours, ...reading };
}
