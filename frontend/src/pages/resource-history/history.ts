// Equipment history: its filters, its range of days, and its figures.
import type { DayRange, EquipmentFilter, Granularity, HistoryQuery, HoursFigures } from "mes-compute";

import type { Figure } from "../../figures/figure";
import { OU_FORMULA } from "../../figures/levels";
import { hours, percent } from "../../figures/numbers";
import { HOUR_STATES } from "../../figures/states";
import { daysBetween } from "../../filters/dayRange";
import { daysFilter, filterSet, viewState } from "../../filters/filterSet";
import { machineFilters } from "../../filters/machineFilters";
import { oneOf } from "../../filters/urlState";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;
const label = (key: string) => fieldLabel("history", key);

/** Days that the page opens with. */
export const USUAL_DAYS = 30;
export const GRANULARITIES: readonly Granularity[] = ["day", "week", "month", "year"];

export const historyFilters = filterSet<EquipmentFilter>()({
  days: daysFilter({ label: () => t("filter.days"), presets: [7, 30, 90, 365], usualDays: USUAL_DAYS }),
  ...machineFilters,
  granularity: viewState<Granularity | undefined>(
    undefined,
    (query) => oneOf(query, "granularity", GRANULARITIES),
    (granularity) => ({ granularity }),
  ),
});

/** Periods of which a range has a number that fits a chart. */
export function fittingGranularity({ startDate, endDate }: DayRange): Granularity {
  const days = daysBetween(startDate, endDate);
  if (days <= 92) return "day";
  return days <= 370 ? "week" : "month";
}

/** Body of the export: the query with the names of the API. */
export function exportQuestion({ filter, startDate, endDate }: HistoryQuery): Record<string, unknown> {
  const snakeCase = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries({ startDate, endDate, ...filter }).map(([key, value]) => [snakeCase(key), value]));
}

export function keyFigures(kpi: HoursFigures): Figure[] {
  const figure = (key: "ou" | "availability", formula: string): Figure => ({
    key,
    label: label(`${key}_pct`),
    value: percent(kpi[`${key}_pct`]),
    detail: formula,
    hint: formula,
  });
  return [figure("ou", OU_FORMULA), figure("availability", t("history.availabilityFormula"))];
}

/** Shares of the six states; OTHER has no share of them and is there when it has hours. */
export function stateFigures(kpi: HoursFigures) {
  const states = HOUR_STATES.map((state) => ({
    code: state.toUpperCase(),
    share: kpi[`${state}_pct`] ?? 0,
    value: percent(kpi[`${state}_pct`]),
    detail: `${hours(kpi[`${state}_hours`])} h`,
  }));
  return kpi.other_hours === 0 ? states : [...states, { code: "OTHER", share: 0, value: `${hours(kpi.other_hours)} h` }];
}
