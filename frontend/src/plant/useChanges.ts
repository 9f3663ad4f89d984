// What changed since a moment: the plant as it was kept then beside what is shown.
import { ChangesStore, EquipmentStore, LotStore, MemoryStore, type MesError } from "mes-compute";
import { computed, onScopeDispose, type Ref, shallowRef, watch } from "vue";

import { asMesError, livePlant } from "./livePlant";
import { momentInAddress, plantPast } from "./past";
import { useReturn } from "./useReturn";
import { useShiftBegin } from "./useShiftBegin";

/** Later than every record of a shift. */
const END = "9999-12-31 00:00:00";

interface Before {
  lots: LotStore;
  machines: EquipmentStore;
  /** When what is compared with was published first, plant time. */
  since: string;
}

/** Nothing of this moment is kept. */
function notKept(moment: string): Error {
  return Object.assign(new Error(moment), { code: "NOT_KEPT", status: 404 });
}

function release({ lots, machines }: Before): void {
  lots.free();
  machines.free();
}

/** Compares with `moment`, or with the begin of the shift that is shown where it is undefined. */
export function useChanges(moment: Ref<string | undefined>) {
  const begin = useShiftBegin();
  const wanted = computed(() => {
    if (moment.value) return { at: moment.value, isFirst: false };
    return begin.value === undefined ? undefined : { at: begin.value, isFirst: true };
  });
  const before = shallowRef<Before>();
  const problem = shallowRef<MesError>();
  const loading = shallowRef(false);
  let running: AbortController | undefined;

  async function load(): Promise<void> {
    running?.abort();
    const own = new AbortController();
    running = own;
    const question = wanted.value;
    if (!question) return;
    loading.value = true;
    try {
      const api = await livePlant.client;
      if (!(await plantPast.keptShift(question.at))) throw notKept(question.at);
      const memory = new MemoryStore();
      try {
        const info = await memory.update(api, momentInAddress(question.at), question.isFirst, { signal: own.signal });
        if (running !== own) return;
        // A server that was started later knows the shift from then on.
        const since = question.isFirst ? (info.moments[0] ?? question.at) : question.at;
        const next = { lots: new LotStore(), machines: new EquipmentStore(), since };
        const shown = memory.show(question.isFirst ? END : question.at, next.lots, next.machines);
        if (shown.length === 0 || !next.machines.ready) {
          release(next);
          throw notKept(question.at);
        }
        if (before.value) release(before.value);
        before.value = next;
        problem.value = undefined;
      } finally {
        memory.free();
      }
    } catch (failure) {
      if (running === own) problem.value = asMesError(failure);
    } finally {
      if (running === own) loading.value = false;
    }
  }

  const store = shallowRef<ChangesStore>();
  /** What changed; undefined until both moments are there. */
  const changes = computed(() => {
    const { lots, equipment } = livePlant.stores;
    const isReady = livePlant.lotsTick.value > 0 && livePlant.equipmentTick.value > 0;
    if (!before.value || !isReady || !lots || !equipment) return undefined;
    store.value ??= new ChangesStore();
    store.value.compare(before.value.lots, before.value.machines, lots, equipment);
    return { store: store.value, since: before.value.since };
  });

  watch(wanted, (now, then) => (now?.at === then?.at && now?.isFirst === then?.isFirst ? undefined : void load()), { immediate: true });
  useReturn(problem, () => void load());
  // A server that has just started keeps something soon.
  watch(livePlant.lotsTick, () => (before.value || loading.value ? undefined : void load()));
  onScopeDispose(() => {
    running?.abort();
    if (before.value) release(before.value);
    store.value?.free();
  });
  return { changes, problem, loading, retry: load };
}
