// The jobs page: its filters and its question to the server.
import type { DayRange, EquipmentFilter, EquipmentStore } from "mes-compute";

import type { Schemas } from "../../contract/api";
import { daysFilter, filterSet, viewText } from "../../filters/filterSet";
import { machineFilters } from "../../filters/machineFilters";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

/** Machines that one question takes. */
export const MOST_MACHINES = 1_000;
/** Days that the page opens with. */
export const USUAL_DAYS = 7;

const { groups, families, text } = machineFilters;

export const jobFilters = filterSet<EquipmentFilter>()({
  groups,
  families,
  text,
  days: daysFilter({ label: () => t("filter.days"), presets: [7, 30, 90], usualDays: USUAL_DAYS }),
  /** JOBID of the open panel. */
  job: viewText("job"),
});

/** How many machines pass the filters, and their ids unless they are more than one question takes. */
export function machinesOf(store: Pick<EquipmentStore, "list">, filter: EquipmentFilter): { total: number; ids: string[] } {
  const ids: string[] = [];
  // The core lists machines by the page.
  for (;;) {
    const { total, rows } = store.list({ filter, offset: ids.length, limit: MOST_MACHINES });
    if (total > MOST_MACHINES) return { total, ids: [] };
    ids.push(...rows.map((row) => row.RESOURCEID));
    if (rows.length === 0 || ids.length >= total) return { total, ids };
  }
}

/** The question; undefined without a machine, and with more than one question takes. */
export function jobQuestion(machines: readonly string[], days: DayRange): Schemas["JobsQuestion"] | undefined {
  if (machines.length === 0 || machines.length > MOST_MACHINES) return undefined;
  return { resource_ids: [...machines], start_date: days.startDate, end_date: days.endDate };
}
