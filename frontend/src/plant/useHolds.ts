// The holds of one range of production days.
import { type DayRange, HoldHistoryStore } from "mes-compute";
import { computed, shallowRef, type Ref } from "vue";

import { useRangeStore } from "./useRangeStore";

/** Whether two ranges are the same: figures of days are those of the whole range. */
export function isSame(held: DayRange | undefined, wanted: DayRange): boolean {
  return held?.startDate === wanted.startDate && held.endDate === wanted.endDate;
}

/** Follows `wanted`; undefined asks for nothing. */
export function useHolds(wanted: Ref<DayRange | undefined>) {
  /** Counts what was loaded, so that computed values follow. */
  const tick = shallowRef(0);
  const { store, held, ...reading } = useRangeStore(wanted, {
    make: () => new HoldHistoryStore(),
    suffices: isSame,
    onLoad: () => {
      tick.value += 1;
    },
  });
  /** The holds to show; undefined before there are any. */
  const holds = computed(() => {
    if (tick.value === 0 || !store.value?.ready || !held.value) return undefined;
    return { store: store.value, range: held.value };
  });
  return { holds, ...reading };
}
