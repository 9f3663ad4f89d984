// Alert rules in words, as addresses and as drafts.
import type { CellFilter, EquipmentFilter, LotFilter, State } from "mes-compute";
import type { RouteLocationRaw } from "vue-router";

import type { Data, Schemas } from "../../contract/api";
import { alertFigureValues } from "../../contract/generated";
import { STATES } from "../../figures/states";
import { fieldText } from "../../figures/fieldText";
import type { Level } from "../../figures/levels";
import { choiceFilter, filterSet, type Filters, type FilterSet, type StateOf, writtenOf } from "../../filters/filterSet";
import { machineFilters, stateFilters as machineStates } from "../../filters/machineFilters";
import { placed } from "../../filters/urlState";
import { lotFilters, stateFilters as lotStates, withoutIdleHold } from "../../lots/lotFilters";
import { momentInAddress } from "../../plant/past";
import { type Column, fieldColumn } from "../../table/column";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

export type Alerts = Data<"/api/alerts">;
export type Firing = Alerts["firing"][number];
export type Watched = Alerts["rules"][number];
export type Rule = Schemas["AlertRule"];
export type Replayed = Data<"/api/alerts/replay", "post">;
type Evidence = Firing["rows"][number];
type Figure = Rule["figure"];

/** What each figure is about. */
const SUBJECTS: Record<Figure, "lots" | "machines"> = {
  lots: "lots",
  pieces: "lots",
  oldestLotDays: "lots",
  machines: "machines",
  ouPct: "machines",
  availabilityPct: "machines",
};
export const FIGURES = alertFigureValues;
export const subjectOf = ({ figure }: Pick<Rule, "figure">) => SUBJECTS[figure];

export const figureName = (figure: Figure) => fieldLabel("alert_figures", figure);
export const valueText = (figure: Figure, value: number | null) => fieldText("alert_figures", figure, value);

/** A rule's condition in words. */
export function conditionOf({ figure, comparison, threshold, forMinutes }: Rule): string {
  const parts = { figure: figureName(figure), comparison: t(`alerts.${comparison}`), threshold: valueText(figure, threshold) };
  return forMinutes === 0 ? t("alerts.saysAtOnce", parts) : t("alerts.says", { ...parts, n: forMinutes });
}

/** Figures set these filters on other pages; here a person does. */
const shown = <F extends Filters>(filters: F): F =>
  Object.fromEntries(Object.entries(filters).map(([key, filter]) => [key, { ...filter, isHidden: false }])) as F;

/** Which lots a rule is about. */
export const lotSet = filterSet<LotFilter>()({ ...lotFilters, ...shown(lotStates) }, { settle: withoutIdleHold });
const { categories, hasJob, cell } = machineStates;
const machineCores = { ...machineFilters, categories, hasJob };
/** Which machines a rule is about; of the cells of the tree the states. */
export const machineSet = filterSet<EquipmentFilter>()({
  ...machineCores,
  state: choiceFilter<State, never>({ url: "state", label: () => fieldLabel("equipment", "E10_STATE"), values: STATES }),
});
export type LotState = StateOf<(typeof lotSet)["filters"]>;
export type MachineState = StateOf<(typeof machineSet)["filters"]>;

/** The state of a filter set that gives this query. */
function stateOf<F extends Filters, Q extends object>({ filters }: FilterSet<F, Q>, query: Q): StateOf<F> {
  const given = query as Record<string, unknown>;
  return Object.fromEntries(Object.entries(filters).map(([key, { core, empty }]) => [key, (core && given[core]) ?? empty])) as StateOf<F>;
}

/** The cell of the tree that a rule is about, without what it leaves open. */
function cellOf(cell: Partial<Record<keyof CellFilter, string | null | undefined>> | null | undefined): CellFilter | undefined {
  const parts = Object.entries(cell ?? {}).filter(([, part]) => part);
  return parts.length > 0 ? (Object.fromEntries(parts) as CellFilter) : undefined;
}

export const lotState = (rule: Rule): LotState => stateOf(lotSet, (rule.lotFilter ?? {}) as LotFilter);
export function machineState(rule: Rule): MachineState {
  const filter = (rule.machineFilter ?? {}) as EquipmentFilter;
  return { ...stateOf(machineSet, filter), state: cellOf(filter.cell)?.column };
}

/** A rule with other filters; of the other subject it has none. What no input sets stays. */
export function withFilters(rule: Rule, lots: LotState, machines: MachineState): Rule {
  const { lotFilter, machineFilter, ...others } = rule;
  if (subjectOf(rule) === "lots") {
    const reason = lotFilter?.reason ? { reason: lotFilter.reason } : {};
    return { ...others, lotFilter: { ...lotSet.query(withoutIdleHold(lots)), ...reason } as Schemas["LotFilter"] };
  }
  const place = cellOf({ ...machineFilter?.cell, column: machines.state });
  return { ...others, machineFilter: { ...machineSet.query(machines), ...(place && { cell: place }) } as Schemas["EquipmentFilter"] };
}

/** The filters of a rule in words. */
export function filtersOf(rule: Rule): string {
  const chips = subjectOf(rule) === "lots" ? lotSet.chips(lotState(rule)) : machineSet.chips(machineState(rule));
  const { group, family, resourceId } = cellOf(rule.machineFilter?.cell) ?? {};
  const others = [rule.lotFilter?.reason, group, family, resourceId].filter(Boolean);
  return [...chips.map(({ label, value }) => `${label}: ${value}`), ...others].join(" · ");
}

/** The page that shows what a firing was found in, at its moment. */
export function evidenceAddress({ rule, plant_time }: Pick<Firing, "rule" | "plant_time">): RouteLocationRaw {
  const at = momentInAddress(plant_time);
  if (subjectOf(rule) === "machines") {
    const state = { ...machineState(rule), cell: cellOf(rule.machineFilter?.cell) };
    return { path: "/resource", ...placed({ ...writtenOf({ ...machineCores, cell }, state), at }) };
  }
  const reason = rule.lotFilter?.reason;
  const written = writtenOf({ ...lotFilters, ...lotStates }, lotState(rule));
  return { path: reason ? "/hold-detail" : "/wip-overview", ...placed({ ...written, ...(reason && { reason }), at }) };
}

/** Columns of a firing's first rows. */
export function evidenceColumns(rule: Rule): Column<Evidence>[] {
  const of = (dataset: string, field: string, key: keyof Evidence, more: Partial<Column<Evidence>> = {}) => ({
    ...fieldColumn<Evidence>(dataset, key, more),
    label: fieldLabel(dataset, field),
  });
  if (subjectOf(rule) === "lots")
    return [
      of("lot", "lotId", "id", { to: ({ id }) => (id ? `/lot/${encodeURIComponent(id)}` : undefined) }),
      of("lot", "workcenterGroup", "group"),
      of("lot", "wipStatus", "state"),
      of("lot", "holdReason", "reason"),
      of("lot", "ageByDays", "ageDays", { num: true }),
    ];
  return [
    of("equipment", "RESOURCENAME", "name"),
    of("equipment", "RESOURCEID", "id"),
    of("equipment", "WORKCENTER_GROUP", "group"),
    of("equipment", "E10_STATE", "state"),
    of("equipment", "EQUIPMENTASSETSSTATUSREASON", "reason"),
  ];
}

const LEVELS: Record<Watched["phase"], Level> = { off: "none", unknown: "none", clear: "high", pending: "medium", firing: "low" };
export const phaseLevel = ({ phase }: Pick<Watched, "phase">) => LEVELS[phase];
export function phaseText({ phase, held_secs }: Watched): string {
  return t(`alerts.phase_${phase}`, { n: Math.floor((held_secs ?? 0) / 60) });
}

/** A rule to begin with, with an id that no other one has. */
export function newRule(rules: readonly Rule[]): Rule {
  let number = rules.length + 1;
  while (rules.some(({ id }) => id === `rule-${number}`)) number += 1;
  return { id: `rule-${number}`, name: "", figure: "lots", comparison: "above", threshold: 0, forMinutes: 5, enabled: true };
}

/** A rule in the place of the one with its id, or behind all others. */
export function withRule(rules: readonly Rule[], rule: Rule): Rule[] {
  const isNew = !rules.some(({ id }) => id === rule.id);
  return isNew ? [...rules, rule] : rules.map((other) => (other.id === rule.id ? rule : other));
}

/** `2026-11-20 07:30:00` as ms, for distances only. */
const msOf = (moment: string) => Date.parse(`${moment.replace(" ", "T")}Z`);

/** Firings of a replay as shares of its time, 0 to 1. */
export function barsOf({ from, until, firings }: Replayed["replay"]): { from: number; length: number }[] {
  if (from === null || until === null) return [];
  const [begin, length] = [msOf(from), Math.max(1, msOf(until) - msOf(from))];
  return firings.map((firing) => {
    const place = (moment: string) => Math.min(1, Math.max(0, (msOf(moment) - begin) / length));
    const start = place(firing.from);
    return { from: start, length: place(firing.until ?? until) - start };
  });
}
