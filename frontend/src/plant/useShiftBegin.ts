// When the shift that is shown began: that of the moment a reader looks back to, else the one that is on.
import { computed } from "vue";

import { livePlant } from "./livePlant";
import { plantPast } from "./past";
import { useProductionDay } from "./useProductionDay";

/** Plant time; undefined while it is not known. */
export function useShiftBegin() {
  const { shiftBegin } = useProductionDay();
  return computed(() => (livePlant.isAway.value ? plantPast.past.value?.shift?.from : shiftBegin.value));
}
