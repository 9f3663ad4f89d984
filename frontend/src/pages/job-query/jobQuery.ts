// The state of the jobs page as its address, and as question to the server.
import type { DayRange, EquipmentFilter } from "mes-compute";

import type { MesRow } from "../../contract/api";
import { lastDays } from "../../filters/dayRange";
import { many, one, type UrlCodec } from "../../filters/urlState";

/** Machines that one question takes. */
export const MOST_MACHINES = 1_000;
/** Days that the page opens with. */
const USUAL_DAYS = 7;

/** What the server sends for a question. */
export interface JobRows {
  data: MesRow[];
  total: number;
  /** There are more rows than an answer takes. */
  is_cut: boolean;
}

export interface JobState {
  groups: string[];
  families: string[];
  text: string;
  startDate: string;
  endDate: string;
  /** JOBID of the open panel. */
  job: string;
}

export const jobCodec: UrlCodec<JobState> = {
  read: (query) => ({
    groups: many(query, "workcenter_groups"),
    families: many(query, "families"),
    text: one(query, "q"),
    startDate: one(query, "start_date"),
    endDate: one(query, "end_date"),
    job: one(query, "job"),
  }),
  write: (state) => ({
    workcenter_groups: state.groups,
    families: state.families,
    q: state.text,
    start_date: state.startDate,
    end_date: state.endDate,
    job: state.job,
  }),
};

/** The days that are asked for: those of the address, or the last seven. */
export function askedDays(state: JobState, today: string): DayRange {
  const usual = lastDays(today, USUAL_DAYS);
  return { startDate: state.startDate || usual.startDate, endDate: state.endDate || usual.endDate };
}

/** Which machines. */
export function machineFilter(state: JobState): EquipmentFilter {
  return { workcenterGroups: state.groups, families: state.families, ...(state.text && { text: state.text }) };
}

/** The question; undefined while no machine, or more than one question takes, is meant. */
export function jobQuestion(
  machines: readonly string[],
  days: DayRange,
): { resource_ids: string[]; start_date: string; end_date: string } | undefined {
  if (machines.length === 0 || machines.length > MOST_MACHINES) return undefined;
  return { resource_ids: [...machines], start_date: days.startDate, end_date: days.endDate };
}

/** The text of a cell whose second variant fills it in where it is missing. */
export function eitherOf(row: MesRow, ...names: string[]): string | number | null {
  return names.map((name) => row[name]).find((value) => value !== null && value !== undefined && value !== "") ?? null;
}
