// The equipment dashboard: its filters, its cards, its days, and where its parts lead.
import type { CellFilter, DayRange, EquipmentFilter, GroupStates, GroupSubStates, Kpi, State, WorkcenterCard } from "mes-compute";
import type { LocationQueryRaw } from "vue-router";

import type { Figure } from "../../figures/figure";
import { ouFigure, pctFigure, stateFigures } from "../../figures/machineFigures";
import { count, label, percent } from "../../figures/numbers";
import { daysBetween, shifted } from "../../filters/dayRange";
import { dataLink } from "../../filters/dataLink";
import { type Filter, filterSet, type StateOf, viewState, writtenOf } from "../../filters/filterSet";
import { machineFilters } from "../../filters/machineFilters";
import { one, oneOf } from "../../filters/urlState";
import { DOWN, DOWN_KEYS, LONGEST_FIRST } from "../../table/machinesDown";
import { sortState } from "../../table/sort";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;
const cardLabel = (key: keyof WorkcenterCard) => fieldLabel("workcenter_card", key);

/** The core's name for the group of machines without one. */
const UNKNOWN = "UNKNOWN";
/** Cards that are shown first. */
export const TOP = 24;
/** Days before today that the charts show, and how many they open with. */
export const DAYS = ["7", "14", "30", "90"] as const;
type Days = (typeof DAYS)[number];
export const USUAL_DAYS: Days = "14";

/** The group of a card; its machines may have no group, for which no filter by name exists. */
const groupFilter: Filter<CellFilter | undefined, "cell"> = {
  kind: "choice",
  core: "cell",
  isHidden: true,
  label: () => cardLabel("workcenter"),
  empty: undefined,
  read(query) {
    const group = one(query, "group");
    return group === "" ? undefined : { group };
  },
  write: (cell) => ({ group: cell?.group }),
  chip: (cell) => cell?.group ?? "",
};

export const dashboardFilters = filterSet<EquipmentFilter>()({
  ...machineFilters,
  days: viewState<Days | undefined>(
    undefined,
    (query) => oneOf(query, "days", DAYS),
    (days) => ({ days }),
  ),
  card: groupFilter,
  /** Whether the cards of all groups are shown. */
  wide: viewState<boolean>(
    false,
    (query) => one(query, "cards") === "all",
    (wide) => ({ cards: wide ? "all" : undefined }),
  ),
  sort: sortState({ keys: () => DOWN_KEYS, usual: LONGEST_FIRST }),
});
export type DashboardState = StateOf<(typeof dashboardFilters)["filters"]>;

/** The machines that are down by the API, where it knows all of the filters. */
export function downLink(state: DashboardState): string | undefined {
  const names = ["workcenter_groups", "is_production", "is_key", "is_monitor"] as const;
  return dataLink("/api/resource/status", names, dashboardFilters, state, { status_categories: DOWN });
}

/** OU % and run % of all machines. */
export function keyFigures(kpi: Kpi): Figure[] {
  return [ouFigure(kpi.ou_pct), pctFigure("run", cardLabel("run_pct"), kpi.run_pct, t("dashboard.runFormula"))];
}

export function statesOf({ prd, sby, udt, sdt, egt, nst, other }: Kpi): Record<State, number> {
  return { PRD: prd, SBY: sby, UDT: udt, SDT: sdt, EGT: egt, NST: nst, OTHER: other };
}

/** A card of each group; the states are those of `matrix`, which has them all, and `subStates` has what is inside them. */
export function cardFigures(
  cards: readonly WorkcenterCard[],
  matrix: readonly GroupStates[],
  subStates: readonly GroupSubStates[],
  state: DashboardState,
): Figure[] {
  const states = new Map(matrix.map((group) => [group.workcenter_group, group]));
  const inside = new Map(subStates.map((group) => [group.workcenter_group, group.states]));
  return cards.map(({ workcenter, ou_pct, run_pct, total }) => ({
    key: workcenter,
    label: label(workcenter),
    value: percent(ou_pct),
    unit: cardLabel("ou_pct"),
    detail: `${cardLabel("run_pct")} ${percent(run_pct)} · ${count(total)} ${cardLabel("total")}`,
    states: stateFigures(states.get(workcenter), inside.get(workcenter)),
    to: { path: "/resource", query: statusQuery(state, workcenter) },
  }));
}

/** The address of the equipment status with the machines of a group; `UNKNOWN` is the core's name for having none. */
export function statusQuery(state: DashboardState, group: string | undefined): LocationQueryRaw {
  const query = writtenOf(machineFilters, state);
  if (group === undefined) return query;
  return group === UNKNOWN ? { ...query, group } : { ...query, workcenter_groups: [group] };
}

/** The address of the history of a group on a day. */
export function historyQuery(state: DashboardState, group: string, date: string): LocationQueryRaw {
  return { ...writtenOf(machineFilters, state), workcenter_groups: [group], start_date: date, end_date: date };
}

/** The days before today; today's hours are not whole yet. */
export function daysBefore(today: string, days: string): DayRange {
  return { startDate: shifted(today, -Number(days)), endDate: shifted(today, -1) };
}

/** Each day of a range. */
export function daysOf({ startDate, endDate }: DayRange): string[] {
  return Array.from({ length: daysBetween(startDate, endDate) + 1 }, (_, day) => shifted(startDate, day));
}
