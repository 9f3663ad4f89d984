// What the hours are compared with: the same machines on other days, or other groups on the same days.
import type { DayRange, EquipmentFilter, HistoryStore } from "mes-compute";
import { computed, type ComputedRef, type Ref } from "vue";

import { previousRange, wrongRange } from "../../filters/dayRange";
import { covers, useHours } from "../../plant/useHours";
import { rangeText } from "./comparison";
import { i18n } from "../../words/i18n";
import { groupsText, type HistoryState } from "./history";

const { t } = i18n.global;

/** Hours that are shown, and the machines and days that they are of. */
export interface Shown {
  store: HistoryStore;
  range: DayRange;
  query: DayRange & { filter: EquipmentFilter };
}

export function useComparison(state: Ref<HistoryState>, asked: Ref<DayRange>, found: Ref<Shown | undefined>) {
  const chosen = computed(() => (state.value.comparison === "period" ? state.value.against : undefined));
  const against = computed(() => {
    if (!chosen.value) return undefined;
    return chosen.value.startDate && chosen.value.endDate ? chosen.value : previousRange(asked.value);
  });
  /** The hours that are there may have these days as well. */
  const isHeld = computed(() => against.value !== undefined && covers(found.value?.store.range, against.value));
  const wanted = computed(() => (isHeld.value || !against.value || wrongRange(against.value) ? undefined : against.value));
  const { hours, loading, problem, pending, retry } = useHours(wanted);

  const other: ComputedRef<Shown | undefined> = computed(() => {
    if (!found.value) return undefined;
    const { store, range, query } = found.value;
    if (state.value.comparison === "groups") {
      const workcenterGroups = state.value.otherGroups;
      return workcenterGroups.length > 0 ? { store, range, query: { ...query, filter: { ...query.filter, workcenterGroups } } } : undefined;
    }
    if (!against.value) return undefined;
    const held = isHeld.value ? { store, range: against.value } : hours.value;
    return held && { ...held, query: { ...query, ...held.range } };
  });
  /** What both are called where they stand beside each other. */
  const names = computed<[string, string] | undefined>(() => {
    if (!found.value || !other.value) return undefined;
    if (state.value.comparison === "period") return [rangeText(found.value.range), rangeText(other.value.range)];
    return [groupsText(state.value.groups), groupsText(state.value.otherGroups)];
  });
  // Groups have no rows in common: a table shows those of both.
  const inTable = computed(() => {
    const { groups, otherGroups } = state.value;
    if (state.value.comparison !== "groups" || !found.value || !other.value || groups.length === 0) return found.value;
    const filter = { ...found.value.query.filter, workcenterGroups: [...groups, ...otherGroups] };
    return { ...found.value, query: { ...found.value.query, filter } };
  });
  /** The hours that rows of a table are compared with. */
  const besideInTable = computed(() => (state.value.comparison === "period" ? other.value : undefined));
  /** Why there is nothing to compare with yet. */
  const hint = computed(() => {
    if (loading.value)
      return t("range.loading", { what: t("history.records"), start: against.value?.startDate, end: against.value?.endDate });
    return state.value.comparison === "groups" && !other.value ? t("history.chooseOther") : undefined;
  });
  return { against, other, names, inTable, besideInTable, hint, problem, pending, retry };
}
