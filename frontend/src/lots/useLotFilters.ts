// The filters of a page of lots at work: as `useFilters`, with what the data has to offer for them.
import type { LotFilter } from "mes-compute";
import { computed } from "vue";

import { lotChoices } from "../filters/choices";
import type { Filters, FilterSet, StateOf } from "../filters/filterSet";
import type { Known } from "../filters/unusable";
import { useFilters } from "../filters/useFilters";
import { useLots } from "../plant/useStores";
import type { lotFilters } from "./lotFilters";

/** Suggestions for what is typed. */
const MOST = 20;

type LotNames = Record<"groups" | "packages" | "types" | "reasons", readonly string[]>;

/** `named` tells which names further parts of the address are of. */
export function useLotFilters<F extends Filters & typeof lotFilters>(
  set: FilterSet<F, LotFilter>,
  named: Partial<Record<keyof F, keyof LotNames>> = {},
) {
  const names = useLots<LotNames>((store) => ({
    groups: store.dictionary("WORKCENTER_GROUP"),
    packages: store.dictionary("PACKAGE_LEF"),
    types: store.dictionary("PJ_TYPE"),
    reasons: store.dictionary("HOLDREASONNAME"),
  }));
  const has = (key: keyof LotNames) => (name: string) => names.value?.[key].includes(name);
  const all = { workcenters: "groups", packages: "packages", types: "types", ...named } as Record<string, keyof LotNames>;
  const known = Object.fromEntries(Object.entries(all).map(([key, of]) => [key, has(of)])) as Known<F>;
  const filters = useFilters(set, known);
  const { query } = filters;
  const texts = computed(() => filters.state.value as StateOf<typeof lotFilters>);

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
