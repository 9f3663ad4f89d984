// Which machines: the same filters on every page of machines.
import type { CellFilter, EquipmentFacets } from "mes-compute";

import { FACTS } from "../contract/facts";
import { STATES } from "../figures/states";
import { useMachines } from "../plant/useStores";
import { language } from "../theme/preferences";
import { fieldLabel } from "../words/fieldLabel";
import { i18n } from "../words/i18n";
import { type Choice, machineChoices } from "./choices";
import { type Filter, flagFilter, manyFilter, textFilter } from "./filterSet";
import type { Known } from "./unusable";
import { one, oneOf } from "./urlState";

const { t } = i18n.global;
const label = (key: string) => () => fieldLabel("equipment", key);
const answers = { yes: () => t("common.yes"), no: () => t("common.no") };

export const machineFilters = {
  text: textFilter({ url: "q", core: "text", label: label("RESOURCENAME"), placeholder: "GWB…" }),
  groups: manyFilter({ url: "workcenter_groups", core: "workcenterGroups", label: label("WORKCENTER_GROUP") }),
  families: manyFilter({ url: "families", core: "families", label: label("RESOURCEFAMILYNAME") }),
  production: flagFilter({ url: "is_production", core: "isProduction", label: label("PJ_ISPRODUCTION"), ...answers }),
  key: flagFilter({ url: "is_key", core: "isKey", label: label("PJ_ISKEY"), ...answers }),
  monitor: flagFilter({ url: "is_monitor", core: "isMonitor", label: label("PJ_ISMONITOR"), ...answers }),
};

/** Name of a status category; a site's own category is its code. */
export function categoryName(code: string): string {
  const known = FACTS.statusCategories.find((category) => category.code === code);
  if (!known) return code;
  return language.value === "en" ? known.label_en : known.label_zh;
}

/** A cell of the tree of machines as filter of a list. */
const cellFilter: Filter<CellFilter | undefined, "cell"> = {
  kind: "choice",
  core: "cell",
  isHidden: true,
  label: () => t("filter.cell"),
  empty: undefined,
  read(query) {
    const column = oneOf(query, "state", STATES);
    const names = { group: one(query, "group"), family: one(query, "family"), resourceId: one(query, "row") };
    const cell: CellFilter = { ...Object.fromEntries(Object.entries(names).filter(([, name]) => name !== "")), ...(column && { column }) };
    return Object.keys(cell).length > 0 ? cell : undefined;
  },
  write: (cell) => ({ group: cell?.group, family: cell?.family, row: cell?.resourceId, state: cell?.column }),
  isValid: (value, name) => name !== "state" || STATES.some((state) => state === value),
  chip: (cell) => [cell?.group, cell?.family, cell?.resourceId, cell?.column].filter(Boolean).join(" · "),
};

/** Which machines, by what they do now. */
export const stateFilters = {
  categories: manyFilter({ url: "status_categories", core: "statusCategories", label: label("STATUS_CATEGORY"), textOf: categoryName }),
  hasJob: flagFilter({ url: "has_job", core: "hasJob", label: () => t("filter.openJob"), ...answers }),
  cell: cellFilter,
};

/** The names and machines that there are, whatever is chosen. */
export function useKnownMachines() {
  const facets = useMachines((store) => store.facets({}));
  const isMachine = useMachines((store) => (resourceId: string) => store.machine({ resourceId }) !== null);
  const has = (key: keyof EquipmentFacets) => (name: string) => facets.value?.[key].some((facet) => facet.name === name);
  const isUsual = (category: string) => FACTS.statusCategories.some(({ code }) => code === category);
  return {
    groups: has("workcenterGroups"),
    families: has("families"),
    categories: (category: string) => isUsual(category) || has("statusCategories")(category),
    machine: (id: string) => isMachine.value?.(id),
  } satisfies Known<Record<string, unknown>>;
}

/** What the lists of `machineFilters` offer. */
export function choicesOf(facets: () => EquipmentFacets | undefined): Record<"groups" | "families", () => Choice[]> {
  return {
    groups: () => machineChoices(facets()?.workcenterGroups),
    families: () => machineChoices(facets()?.families),
  };
}
