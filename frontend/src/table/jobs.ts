// Jobs and their steps, rows of MES tables: their columns and facts.
import type { MesRow } from "../contract/api";
import { fieldOf } from "../contract/fields";
import { fieldLabel } from "../words/fieldLabel";
import type { Column } from "./column";

/** A field of the contract. */
interface RowField {
  key: string;
  /** Variants of its cell: the first one that is filled in counts. */
  cells?: readonly string[];
  /** Width of its column; without one it is shown in the panel only. */
  width?: number;
}

/** The fields of a job, in the order of its facts. */
const JOB_FIELDS: readonly RowField[] = [
  { key: "RESOURCENAME", width: 110 },
  { key: "JOBSTATUS", width: 90 },
  { key: "JOBMODELNAME", width: 110 },
  { key: "JOBORDERNAME" },
  { key: "CREATEDATE", width: 150 },
  { key: "CREATE_EMPNAME" },
  { key: "FIRSTCLOCKONDATE", width: 150 },
  { key: "LASTCLOCKOFFDATE" },
  { key: "COMPLETEDATE", width: 150 },
  { key: "SYMPTOMCODENAME", cells: ["SYMPTOMCODENAME", "PJ_SYMPTOMCODE2NAME"], width: 120 },
  { key: "CAUSECODENAME", cells: ["CAUSECODENAME", "PJ_CAUSECODE2NAME"], width: 120 },
  { key: "REPAIRCODENAME", cells: ["REPAIRCODENAME", "PJ_REPAIRCODE2NAME"], width: 120 },
  { key: "JOBID", width: 150 },
];
const STEP_FIELDS: readonly RowField[] = [
  { key: "TXNDATE", width: 100 },
  { key: "FROMJOBSTATUS", width: 70 },
  { key: "JOBSTATUS", width: 70 },
  { key: "STAGENAME", cells: ["TOSTAGENAME", "STAGENAME"], width: 90 },
  { key: "EMP_NAME", cells: ["EMP_NAME", "USER_NAME"], width: 90 },
  { key: "COMMENTS", width: 160 },
];

function valueOf({ key, cells = [key] }: RowField, row: MesRow): string | number | null {
  return cells.map((name) => row[name]).find((value) => value !== null && value !== undefined && value !== "") ?? null;
}

function columnsOf(dataset: string, fields: readonly RowField[]): Column<MesRow>[] {
  return fields.flatMap((field) => {
    const { key, width } = field;
    if (width === undefined) return [];
    const kind = fieldOf(dataset, key)?.semantic_type;
    return [{ key, kind, label: fieldLabel(dataset, key), value: (row: MesRow) => valueOf(field, row), width }];
  });
}

export const jobColumns = () => columnsOf("job", JOB_FIELDS);
export const stepColumns = () => columnsOf("job_transaction", STEP_FIELDS);

/** The facts of a job; the panel has its id and its state in the heading. */
export function jobFacts(job: MesRow): [string, string | number | null][] {
  return JOB_FIELDS.filter(({ key }) => key !== "JOBID" && key !== "JOBSTATUS").map((field) => [
    fieldLabel("job", field.key),
    valueOf(field, job),
  ]);
}
