// All versions of the shift that is shown, for what only their course tells.
import { MemoryStore, type MesError, type ShiftInfo } from "mes-compute";
import { onScopeDispose, shallowRef, watch } from "vue";

import { asMesError, livePlant } from "./livePlant";
import { momentInAddress, plantPast } from "./past";
import { isSeen } from "./seen";
import { useReturn } from "./useReturn";
import { useShiftBegin } from "./useShiftBegin";

/** A shift that is on grows; the answer is mostly small beside what it replaces, ms. */
const EVERY_MS = 120_000;

export function useShift() {
  const begin = useShiftBegin();
  const shift = shallowRef<{ store: MemoryStore; info: ShiftInfo }>();
  const problem = shallowRef<MesError>();
  let running: AbortController | undefined;
  let store: MemoryStore | undefined;

  async function load(): Promise<void> {
    running?.abort();
    const own = new AbortController();
    running = own;
    if (!begin.value) return;
    try {
      const api = await livePlant.client;
      if (!(await plantPast.keptShift(begin.value)) || running !== own) return;
      store ??= new MemoryStore();
      const info = await store.update(api, momentInAddress(begin.value), false, { signal: own.signal });
      if (running !== own) return;
      if (info.version !== shift.value?.info.version) shift.value = { store, info };
      problem.value = undefined;
    } catch (failure) {
      if (running === own) problem.value = asMesError(failure);
    }
  }

  watch(begin, () => void load(), { immediate: true });
  useReturn(problem, () => void load());
  const timer = window.setInterval(() => {
    if (isSeen() && !livePlant.isAway.value && !livePlant.held.value) void load();
  }, EVERY_MS);
  onScopeDispose(() => {
    window.clearInterval(timer);
    running?.abort();
    store?.free();
  });
  return shift;
}
