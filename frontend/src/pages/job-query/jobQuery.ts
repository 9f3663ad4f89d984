// The jobs page: its filters, its question to the server, and its columns.
import type { DayRange, EquipmentFilter } from "mes-compute";

import type { MesRow, Schemas } from "../../contract/api";
import { daysFilter, filterSet, viewText } from "../../filters/filterSet";
import { machineFilters } from "../../filters/machineFilters";
import type { Column } from "../../table/column";
import { fieldLabel } from "../../words/fieldLabel";
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

/** The question; undefined without a machine, and with more than one question takes. */
export function jobQuestion(machines: readonly string[], days: DayRange): Schemas["JobsQuestion"] | undefined {
  if (machines.length === 0 || machines.length > MOST_MACHINES) return undefined;
  return { resource_ids: [...machines], start_date: days.startDate, end_date: days.endDate };
}

/** The first of the variants of a cell that is filled in. */
function eitherOf(row: MesRow, ...names: string[]): string | number | null {
  return names.map((name) => row[name]).find((value) => value !== null && value !== undefined && value !== "") ?? null;
}

interface JobField {
  key: string;
  label: string;
  value: (job: MesRow) => string | number | null | undefined;
  /** Width of its column; without one it is shown in the panel only. */
  width?: number;
}

/** The fields of a job, in the order of its facts. */
function jobFields(): JobField[] {
  const label = (key: string) => fieldLabel("equipment", key);
  const code = (name: string) => (job: MesRow) => eitherOf(job, `${name}CODENAME`, `PJ_${name}CODE2NAME`);
  return [
    { key: "machine", label: label("RESOURCENAME"), value: (job) => job.RESOURCENAME, width: 110 },
    { key: "state", label: label("JOBSTATUS"), value: (job) => job.JOBSTATUS, width: 90 },
    { key: "model", label: label("JOBMODEL"), value: (job) => job.JOBMODELNAME, width: 110 },
    { key: "order", label: label("JOBORDER"), value: (job) => job.JOBORDERNAME },
    { key: "created", label: label("CREATEDATE"), value: (job) => job.CREATEDATE, width: 150 },
    { key: "by", label: label("CREATEUSER"), value: (job) => job.CREATE_EMPNAME },
    { key: "on", label: t("jobs.clockOn"), value: (job) => job.FIRSTCLOCKONDATE, width: 150 },
    { key: "off", label: t("jobs.clockOff"), value: (job) => job.LASTCLOCKOFFDATE },
    { key: "completed", label: t("jobs.completed"), value: (job) => job.COMPLETEDATE, width: 150 },
    { key: "symptom", label: label("SYMPTOMCODE"), value: code("SYMPTOM"), width: 120 },
    { key: "cause", label: label("CAUSECODE"), value: code("CAUSE"), width: 120 },
    { key: "repair", label: label("REPAIRCODE"), value: code("REPAIR"), width: 120 },
    { key: "job", label: label("JOBID"), value: (job) => job.JOBID, width: 150 },
  ];
}

export function jobColumns(): Column<MesRow>[] {
  return jobFields().filter(({ width }) => width !== undefined);
}

/** The facts of a job; the panel has its id and its state in the heading. */
export function jobFacts(job: MesRow): [string, string | number | null | undefined][] {
  return jobFields()
    .filter(({ key }) => key !== "job" && key !== "state")
    .map(({ label, value }) => [label, value(job)]);
}

export function stepColumns(): Column<MesRow>[] {
  const column = (name: string, value: Column<MesRow>["value"], width: number) => ({ key: name, label: t(`jobs.${name}`), value, width });
  return [
    column("when", (step) => step.TXNDATE, 100),
    column("from", (step) => step.FROMJOBSTATUS, 70),
    column("to", (step) => step.JOBSTATUS, 70),
    column("stage", (step) => eitherOf(step, "TOSTAGENAME", "STAGENAME"), 90),
    column("who", (step) => eitherOf(step, "EMP_NAME", "USER_NAME"), 90),
    column("comment", (step) => step.COMMENTS, 160),
  ];
}
