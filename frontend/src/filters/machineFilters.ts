// Which machines: the same filters on every page of machines.
import type { EquipmentFacets } from "mes-compute";

import { fieldLabel } from "../words/fieldLabel";
import { i18n } from "../words/i18n";
import { type Choice, machineChoices } from "./choices";
import { flagFilter, manyFilter, textFilter } from "./filterSet";

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

/** What the lists of `machineFilters` offer. */
export function choicesOf(facets: () => EquipmentFacets | undefined): Record<"groups" | "families", () => Choice[]> {
  return {
    groups: () => machineChoices(facets()?.workcenterGroups),
    families: () => machineChoices(facets()?.families),
  };
}
