// The state of the equipment history as its address, and as question to the core.
import type { DayRange, EquipmentFilter, Granularity, HistoryQuery } from "mes-compute";
import type { LocationQuery } from "vue-router";

import { daysBetween } from "../../filters/dayRange";
import { many, one, oneOf, type UrlCodec } from "../../filters/urlState";

/** Lengths of periods. */
export const GRANULARITIES: readonly Granularity[] = ["day", "week", "month", "year"];
/** Ranges that end today, by their number of days. */
export const PRESETS = [7, 30, 90, 365] as const;

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

/** Periods of which a range has a number that fits a chart. */
export function fittingGranularity({ startDate, endDate }: DayRange): Granularity {
  const days = daysBetween(startDate, endDate);
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
