// The downtimes of one range of days, with their jobs.
import { type DayRange, DowntimeStore } from "mes-compute";
import { computed, shallowRef, watch, type Ref } from "vue";

import { livePlant } from "./livePlant";
import { covers, shownRange } from "./useHours";
import { useRangeStore } from "./useRangeStore";

/** Follows `wanted`, with the days of `loaded` around it; undefined asks for nothing. */
export function useDowntime(wanted: Ref<DayRange | undefined>, loaded: Ref<DayRange | undefined>) {
  /** Counts what was joined, so that computed values follow. */
  const tick = shallowRef(0);
  function join(store: DowntimeStore | undefined): void {
    const machines = livePlant.stores.equipment;
    if (!store?.range || !machines?.ready) return;
    store.join(machines);
    tick.value += 1;
  }
  const { store, held, ...reading } = useRangeStore(loaded, { make: () => new DowntimeStore(), suffices: covers, onLoad: join });
  watch(livePlant.equipmentTick, () => join(store.value));

  const shown = computed<DayRange | undefined>((before) => shownRange(before, held.value, wanted.value));
  /** The downtimes to show, again for what the store was given; undefined before there are any. */
  const downtimes = computed(() => {
    if (tick.value === 0 || !store.value?.ready || !shown.value || !held.value) return undefined;
    return { store: store.value, range: shown.value, held: held.value };
  });
  return { downtimes, ...reading };
}
