// Equipment history: its filters, its range of days, and its figures.
import type { DayRange, EquipmentFilter, Granularity, HistoryQuery, HoursFigures } from "mes-compute";

import type { Figure } from "../../figures/figure";
import { OU_FORMULA } from "../../figures/levels";
import { difference, hours, percent } from "../../figures/numbers";
import { HOUR_STATES } from "../../figures/states";
import { daysBetween, daysOfPeriod, isDate } from "../../filters/dayRange";
import { dataLink } from "../../filters/dataLink";
import { type Days, daysFilter, filterSet, type StateOf, viewState } from "../../filters/filterSet";
import { machineFilters } from "../../filters/machineFilters";
import { many, one, oneOf } from "../../filters/urlState";
import { openedState } from "../../table/useTree";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";
import { changeText } from "./comparison";

const { t } = i18n.global;
const label = (key: string) => fieldLabel("history", key);

export const COMPARISONS = ["period", "groups"] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** Days that the page opens with. */
export const USUAL_DAYS = 30;
export const GRANULARITIES: readonly Granularity[] = ["day", "week", "month", "year"];

export const historyFilters = filterSet<EquipmentFilter>()({
  days: daysFilter({ label: () => t("filter.days"), presets: [90, 365], usualDays: USUAL_DAYS, isNamed: true }),
  ...machineFilters,
  /** What the hours are compared with. */
  comparison: viewState<Comparison | undefined>(
    undefined,
    (query) => oneOf(query, "compare", COMPARISONS),
    (compare) => ({ compare }),
  ),
  /** The other days; empty texts for those before. */
  against: viewState<Days>(
    { startDate: "", endDate: "" },
    (query) => ({ startDate: one(query, "compare_start"), endDate: one(query, "compare_end") }),
    ({ startDate, endDate }) => ({ compare_start: startDate, compare_end: endDate }),
    isDate,
  ),
  otherGroups: viewState<string[]>(
    [],
    (query) => many(query, "compare_groups"),
    (groups) => ({ compare_groups: groups }),
  ),
  granularity: viewState<Granularity | undefined>(
    undefined,
    (query) => oneOf(query, "granularity", GRANULARITIES),
    (granularity) => ({ granularity }),
  ),
  opened: openedState(),
});

export type HistoryState = StateOf<(typeof historyFilters)["filters"]>;

/** The groups by name; all of them where none is chosen. */
export function groupsText(groups: readonly string[]): string {
  return groups.length === 0 ? t("history.allGroups") : groups.join(", ");
}

/** What a cell of the heatmap shows: its group, where a filter can name it, in its period. */
export function cellChange(group: string | undefined, date: string, range: DayRange, granularity: Granularity): Partial<HistoryState> {
  return { ...(group !== undefined && { groups: [group] }), days: daysOfPeriod(range, date, granularity), granularity: undefined };
}

/** Periods of which a range has a number that fits a chart. */
export function fittingGranularity({ startDate, endDate }: DayRange): Granularity {
  const days = daysBetween(startDate, endDate);
  if (days <= 92) return "day";
  return days <= 370 ? "week" : "month";
}

/** Body of the export: the query, and the days that it is compared with, with the names of the API. */
export function exportQuestion({ filter, startDate, endDate }: HistoryQuery, against?: DayRange | undefined): Record<string, unknown> {
  const snakeCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  const compared = against && { compareStart: against.startDate, compareEnd: against.endDate };
  const question = { startDate, endDate, ...compared, ...filter };
  return Object.fromEntries(Object.entries(question).map(([key, value]) => [snakeCase(key), value]));
}

/** The same hours by the API, where it knows all of the filters. */
export function treeLink(state: StateOf<(typeof historyFilters)["filters"]>, { startDate, endDate }: DayRange): string | undefined {
  const names = ["workcenter_groups", "families", "is_production", "is_key", "is_monitor"] as const;
  return dataLink("/api/resource/history/detail", names, historyFilters, state, { start_date: startDate, end_date: endDate });
}

/** The key figures, below them those that they are compared with. */
export function keyFigures(kpi: HoursFigures, other?: HoursFigures): Figure[] {
  const figure = (key: "ou_pct" | "availability_pct", formula: string): Figure => ({
    key: key === "ou_pct" ? "ou" : "availability",
    label: label(key),
    value: percent(kpi[key]),
    detail: other
      ? t("history.versus", { other: percent(other[key]), change: changeText(key, difference(kpi[key], other[key])) })
      : formula,
    hint: formula,
  });
  return [figure("ou_pct", OU_FORMULA), figure("availability_pct", t("history.availabilityFormula"))];
}

/** Shares of the six states; OTHER has no share of them and is there when it has hours. */
export function stateFigures(kpi: HoursFigures) {
  const states = HOUR_STATES.map((state) => ({
    code: state.toUpperCase(),
    share: kpi[`${state}_pct`] ?? 0,
    value: percent(kpi[`${state}_pct`]),
    detail: `${hours(kpi[`${state}_hours`])} h`,
  }));
  const other = {
    code: "OTHER",
    share: 0,
    value: `${hours(kpi.other_hours)} h`,
    detail: t("history.ofAll", { share: percent(kpi.other_pct) }),
  };
  return kpi.other_hours === 0 ? states : [...states, other];
}
