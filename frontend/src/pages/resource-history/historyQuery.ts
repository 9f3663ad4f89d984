// The state of the equipment history as its address, and as question to the core.
import type { DayRange, EquipmentFilter, Granularity, HistoryQuery } from "mes-compute";
import type { LocationQuery } from "vue-router";

import { many, one, oneOf, type UrlCodec } from "../../filters/urlState";

/** Lengths of periods. */
export const GRANULARITIES: readonly Granularity[] = ["day", "week", "month", "year"];
/** Ranges that end today, by their number of days. */
export const PRESETS = [7, 30, 90, 365] as const;
/** Days that the server answers at once, from the first to the last. */
export const MOST_DAYS = 730;

export interface HistoryState {
  startDate: string;
  endDate: string;
  granularity: Granularity | undefined;
  groups: string[];
  families: string[];
  production: boolean | undefined;
  key: boolean | undefined;
  monitor: boolean | undefined;
  text: string;
}

const DAY_MS = 86_400_000;

/** ms since 1970 of a date, undefined for what is none. */
function moment(date: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return undefined;
  const ms = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date ? undefined : ms;
}

/** The date that is `days` later, or earlier. */
export function shifted(date: string, days: number): string {
  return new Date((moment(date) ?? 0) + days * DAY_MS).toISOString().slice(0, 10);
}

/** `days` days that end with `today`. */
export function lastDays(today: string, days: number): DayRange {
  return { startDate: shifted(today, 1 - days), endDate: today };
}

/** Why a range can't be asked for: the name of a message; undefined when it can. */
export function wrongRange({ startDate, endDate }: DayRange): "noDate" | "backwards" | "tooLong" | undefined {
  const [start, end] = [moment(startDate), moment(endDate)];
  if (start === undefined || end === undefined) return "noDate";
  if (end < start) return "backwards";
  return end - start > MOST_DAYS * DAY_MS ? "tooLong" : undefined;
}

/** Periods of which a range has a number that fits a chart. */
export function fittingGranularity({ startDate, endDate }: DayRange): Granularity {
  const days = ((moment(endDate) ?? 0) - (moment(startDate) ?? 0)) / DAY_MS;
  if (days <= 92) return "day";
  return days <= 370 ? "week" : "month";
}

function flag(query: LocationQuery, name: string): boolean | undefined {
  const value = oneOf(query, name, ["true", "false"]);
  return value === undefined ? undefined : value === "true";
}

function written(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

export const historyCodec: UrlCodec<HistoryState> = {
  read: (query) => ({
    startDate: one(query, "start_date"),
    endDate: one(query, "end_date"),
    granularity: oneOf(query, "granularity", GRANULARITIES),
    groups: many(query, "workcenter_groups"),
    families: many(query, "families"),
    production: flag(query, "is_production"),
    key: flag(query, "is_key"),
    monitor: flag(query, "is_monitor"),
    text: one(query, "q"),
  }),
  write: (state) => ({
    start_date: state.startDate,
    end_date: state.endDate,
    granularity: state.granularity,
    workcenter_groups: state.groups,
    families: state.families,
    is_production: written(state.production),
    is_key: written(state.key),
    is_monitor: written(state.monitor),
    q: state.text,
  }),
};

/** Which machines. */
export function machineFilter(state: HistoryState): EquipmentFilter {
  return {
    workcenterGroups: state.groups,
    families: state.families,
    ...(state.production !== undefined && { isProduction: state.production }),
    ...(state.key !== undefined && { isKey: state.key }),
    ...(state.monitor !== undefined && { isMonitor: state.monitor }),
    ...(state.text && { text: state.text }),
  };
}

/** The question for a range that is held, or for a part of it. */
export function historyQuery(state: HistoryState, range: DayRange): HistoryQuery {
  return {
    filter: machineFilter(state),
    granularity: state.granularity ?? fittingGranularity(range),
    startDate: range.startDate,
    endDate: range.endDate,
  };
}

/** What the server's export takes as a body: names as they are, however many, whatever is in them. */
export function exportQuestion(state: HistoryState, range: DayRange, format: "csv" | "xlsx"): Record<string, unknown> {
  return {
    start_date: range.startDate,
    end_date: range.endDate,
    ...(state.groups.length > 0 && { workcenter_groups: state.groups }),
    ...(state.families.length > 0 && { families: state.families }),
    ...(state.production !== undefined && { is_production: state.production }),
    ...(state.key !== undefined && { is_key: state.key }),
    ...(state.monitor !== undefined && { is_monitor: state.monitor }),
    ...(state.text && { text: state.text }),
    format,
  };
}
