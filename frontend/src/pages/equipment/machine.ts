// One machine: the groups of its fields, its figures, its hours and its jobs.
import type { DayRange, EquipmentRecord, HoursFigures } from "mes-compute";

import type { MesRow, Schemas } from "../../contract/api";
import { type Fact, factsOf, fieldGroups } from "../../figures/fact";
import type { Figure } from "../../figures/figure";
import { fieldText } from "../../figures/fieldText";
import { HOUR_STATES } from "../../figures/states";
import { lastDays } from "../../filters/dayRange";
import type { Column } from "../../table/column";
import { jobColumns } from "../../table/jobs";
import { isUnlisted } from "../../who/navigation";
import { MACHINES } from "../../who/subjects";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

/** Days of the hours, and days whose jobs are asked for; all end today. */
export const HOUR_DAYS = 30;
const JOB_DAYS = 90;

export const hourRange = (today: string): DayRange => lastDays(today, HOUR_DAYS);
export const jobRange = (today: string): DayRange => lastDays(today, JOB_DAYS);

/** The fields in groups, in the order of the contract: the field that each group begins with. */
const GROUPS = { RESOURCEID: "machine", EQUIPMENTASSETSSTATUS: "state", JOBORDER: "job", LOT_COUNT: "lots" } as const;
export type GroupName = (typeof GROUPS)[keyof typeof GROUPS];
/** Fields that lead to the machines like this one: the filter of their list. */
const LISTS: Readonly<Record<string, string>> = { WORKCENTER_GROUP: "workcenter_groups", RESOURCEFAMILYNAME: "families" };

/** Fields that the page shows as figures, or in a table of their own. */
const SHOWN_APART = ["LOT_COUNT", "TOTAL_TRACKIN_QTY", "LOT_DETAILS"];

/** The facts of a group. */
export function groupFacts(record: EquipmentRecord, group: GroupName): Fact[] {
  const fields: Readonly<Record<string, unknown>> = { ...record };
  const keys = fieldGroups("equipment", GROUPS).find(({ name }) => name === group)?.keys ?? [];
  return keys
    .filter((key) => !SHOWN_APART.includes(key))
    .flatMap((key): Fact[] => {
      const [value, filter] = [fields[key], LISTS[key]];
      if (!filter || typeof value !== "string" || isUnlisted(MACHINES)) return factsOf("equipment", fields, [key]);
      return [[fieldLabel("equipment", key), [{ text: value, to: `${MACHINES}?${new URLSearchParams({ [filter]: value })}` }]]];
    });
}

/** Whether a job is open at the machine. */
export function hasJob({ JOBORDER }: EquipmentRecord): boolean {
  return (JOBORDER ?? "").trim() !== "";
}

/** Shown in place of hours that are being loaded. */
const LOADING = "…";

/** The lots on it, and how it did on the days of the hours. */
export function figuresOf(record: EquipmentRecord, hours: HoursFigures | undefined, loading: boolean): Figure[] {
  const now = (key: string, value: number | null | undefined): Figure => ({
    key,
    label: fieldLabel("equipment", key),
    value: fieldText("equipment", key, value),
  });
  const share = (key: "ou_pct" | "availability_pct"): Figure => ({
    key,
    label: fieldLabel("history", key),
    value: loading && !hours ? LOADING : fieldText("history", key, hours?.[key]),
    detail: t("filter.lastDays", { n: HOUR_DAYS }),
  });
  return [
    now("LOT_COUNT", record.LOT_DETAILS?.length),
    now("TOTAL_TRACKIN_QTY", record.TOTAL_TRACKIN_QTY),
    share("ou_pct"),
    share("availability_pct"),
  ];
}

/** Hours of each state, and of all. */
export function hourFacts(hours: HoursFigures | undefined): Fact[] {
  const keys = [...HOUR_STATES, "other", "total"].map((state) => `${state}_hours`);
  return hours ? factsOf("history", { ...hours }, keys) : keys.map((key) => [fieldLabel("history", key), LOADING]);
}

export function jobQuestion(id: string, { startDate, endDate }: DayRange): Schemas["JobsQuestion"] {
  return { resource_ids: [id], start_date: startDate, end_date: endDate };
}

/** Columns of the jobs of one machine; each job leads to its steps on the page of jobs. */
export function machineJobColumns(name: string, { startDate, endDate }: DayRange): Column<MesRow>[] {
  const to = ({ JOBID }: MesRow) => {
    const query = new URLSearchParams({ q: name, start_date: startDate, end_date: endDate, job: String(JOBID) });
    return isUnlisted("/job-query") ? undefined : `/job-query?${query}`;
  };
  const columns = jobColumns().filter(({ key }) => key !== "RESOURCENAME");
  const isId = ({ key }: Column<MesRow>) => key === "JOBID";
  return [...columns.filter(isId).map((column) => ({ ...column, to })), ...columns.filter((column) => !isId(column))];
}
