// The filters of a page of lots at work: as `useFilters`, with what the data has to offer for them.
import type { LotFilter } from "mes-compute";
import { computed } from "vue";

import { lotChoices } from "../filters/choices";
import type { Filters, FilterSet, StateOf } from "../filters/filterSet";
import { useFilters } from "../filters/useFilters";
import { useLots } from "../plant/useStores";
import type { lotFilters } from "./lotFilters";

/** Suggestions for what is typed. */
const MOST = 20;

export function useLotFilters<F extends Filters & typeof lotFilters>(set: FilterSet<F, LotFilter>) {
  const filters = useFilters(set);
  const { query } = filters;
  const texts = computed(() => filters.state.value as StateOf<typeof lotFilters>);

  const names = useLots((store) => ({
    groups: store.dictionary("WORKCENTER_GROUP"),
    packages: store.dictionary("PACKAGE_LEF"),
    types: store.dictionary("PJ_TYPE"),
    reasons: store.dictionary("HOLDREASONNAME"),
  }));
  /** Figures, matrix, choices and explanation in one pass. */
  const overview = useLots((store) => store.overview(query.value));
  const explanation = computed(() => overview.value?.explanation);
  const nothing = computed(() => filters.nothingOf(explanation.value));
  const workorders = useLots(
    (store) => store.search({ field: "workorder", q: texts.value.workorder, limit: MOST, filter: query.value }).items,
  );
  const lotIds = useLots((store) => store.search({ field: "lotid", q: texts.value.lotid, limit: MOST, filter: query.value }).items);

  const choices = {
    workcenters: () => lotChoices(overview.value?.facets.workcenter, names.value?.groups ?? []),
    packages: () => lotChoices(overview.value?.facets.package, names.value?.packages ?? []),
    types: () => lotChoices(overview.value?.facets.type, names.value?.types ?? []),
  };
  const suggestions = { workorder: () => workorders.value ?? [], lotid: () => lotIds.value ?? [] };
  return { ...filters, names, overview, explanation, nothing, choices, suggestions };
}
