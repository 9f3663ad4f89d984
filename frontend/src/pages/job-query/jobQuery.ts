// The jobs page: its filters and its question to the server.
import type { DayRange, EquipmentFilter, EquipmentStore, MesApi } from "mes-compute";

import { type MesRow, post, type Schemas } from "../../contract/api";
import { daysFilter, filterSet, viewText } from "../../filters/filterSet";
import { machineFilters, stateFilters } from "../../filters/machineFilters";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

/** Machines that one question takes. */
export const MOST_MACHINES = 1_000;
/** Days that the page opens with. */
export const USUAL_DAYS = 7;

export const jobFilters = filterSet<EquipmentFilter>()({
  ...machineFilters,
  ...stateFilters,
  days: daysFilter({ label: () => t("filter.days"), presets: [7, 30, 90], usualDays: USUAL_DAYS }),
  /** JOBID of the open panel. */
  job: viewText("job"),
});

/** Ids of the machines that pass the filters. */
export function machinesOf(store: Pick<EquipmentStore, "list">, filter: EquipmentFilter): string[] {
  const ids: string[] = [];
  // The core lists machines by the page.
  for (;;) {
    const { total, rows } = store.list({ filter, offset: ids.length, limit: MOST_MACHINES });
    ids.push(...rows.map((row) => row.RESOURCEID));
    if (rows.length === 0 || ids.length >= total) return ids;
  }
}

/** The questions for the jobs of any number of machines: as many as the server takes at once in each. */
export function jobQuestions(machines: readonly string[], days: DayRange): Schemas["JobsQuestion"][] {
  return Array.from({ length: Math.ceil(machines.length / MOST_MACHINES) }, (_, part) => ({
    resource_ids: machines.slice(part * MOST_MACHINES, (part + 1) * MOST_MACHINES),
    start_date: days.startDate,
    end_date: days.endDate,
  }));
}

export interface Jobs {
  data: MesRow[];
  /** There are more than answers hold. */
  isCut: boolean;
  /** When they were read, ms since 1970. */
  readAt: number;
}

const opened = ({ CREATEDATE }: MesRow) => String(CREATEDATE ?? "");

/** The jobs of several answers, newest first as each of them is. */
export function together(answers: readonly { data: MesRow[]; is_cut: boolean }[], readAt: number): Jobs {
  const data = answers.flatMap((answer) => answer.data);
  if (answers.length > 1) data.sort((a, b) => opened(b).localeCompare(opened(a)) || String(a.JOBID).localeCompare(String(b.JOBID)));
  return { data, isCut: answers.some(({ is_cut }) => is_cut), readAt };
}

/** Asks one question after the other, so that the database has one at a time. */
export async function askJobs(api: MesApi, questions: readonly Schemas["JobsQuestion"][], signal: AbortSignal): Promise<Jobs> {
  const answers: { data: MesRow[]; is_cut: boolean }[] = [];
  for (const question of questions) answers.push((await post(api, "/api/job-query/jobs", question, { signal })).data);
  return together(answers, Date.now());
}
