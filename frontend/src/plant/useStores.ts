// Stores for pages: undefined until there is data; reading one makes a
// computed value follow its versions.
import type { EquipmentStore, LotStore } from "mes-compute";
import { computed, type ComputedRef } from "vue";

import { livePlant } from "./livePlant";

/** Runs `query` on the lots, again for every version; undefined before the first. */
export function useLots<T>(query: (store: LotStore) => T): ComputedRef<T | undefined> {
  return computed(() => (livePlant.lotsTick.value > 0 && livePlant.stores.lots ? query(livePlant.stores.lots) : undefined));
}

/** Runs `query` on the machines, again for every version; undefined before the first. */
export function useMachines<T>(query: (store: EquipmentStore) => T): ComputedRef<T | undefined> {
  return computed(() => (livePlant.equipmentTick.value > 0 && livePlant.stores.equipment ? query(livePlant.stores.equipment) : undefined));
}
