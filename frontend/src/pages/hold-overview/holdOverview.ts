// The hold overview: its filters, figures, tree and columns.
import type { AgeRange, HeldFilter, HeldGroup, HeldLot, HeldReason, HeldSort, HoldOverview, HoldType } from "mes-compute";

import type { ChartTable } from "../../chart/ChartCard.vue";
import type { Area } from "../../chart/treemap";
import type { Figure } from "../../figures/figure";
import { fieldText } from "../../figures/fieldText";
import { compact, count } from "../../figures/numbers";
import { namedChoices } from "../../filters/choices";
import { dataLink } from "../../filters/dataLink";
import { choiceFilter, filterSet, manyFilter, type StateOf, toggleFilter, viewState } from "../../filters/filterSet";
import type { Known } from "../../filters/unusable";
import { one } from "../../filters/urlState";
import { heldLink, lotsLink as fileLink } from "../../lots/lotFilters";
import { type Column, fieldColumn } from "../../table/column";
import { type Sort, sortState } from "../../table/sort";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;
const label = (key: string) => () => fieldLabel("held_lots", key);
const HOLD_TYPES: readonly HoldType[] = ["quality", "non-quality"];
const AGE_RANGES: readonly AgeRange[] = ["0-1", "1-3", "3-7", "7+"];
const rangeName = (range: AgeRange) => t(`holds.ages.${range}`);
const typeName = (hold: HoldType) => fieldLabel("wip_summary", hold === "quality" ? "qualityHold" : "nonQualityHold");

/** Columns of the list, with their widths: orders that the core knows. */
const COLUMNS: Record<HeldSort, number> = {
  lotId: 185,
  age: 80,
  holdType: 128,
  reason: 200,
  qty: 80,
  workcenter: 120,
  package: 120,
  spec: 140,
  holdBy: 110,
  dept: 110,
  holdComment: 260,
  workorder: 120,
};
const isSort = (key: string): key is HeldSort => key in COLUMNS;

interface Order {
  sort: HeldSort;
  descending: boolean;
}

/** An order of the list as the core knows it. */
export function orderOf(sort: Sort | undefined): Order | undefined {
  return sort && isSort(sort.key) ? { sort: sort.key, descending: sort.descending } : undefined;
}

export const holdFilters = filterSet<HeldFilter>()({
  hold: choiceFilter({ url: "hold_type", core: "holdType", label: label("holdType"), values: HOLD_TYPES, textOf: typeName }),
  reasons: manyFilter({ url: "reason", core: "reasons", label: label("reason") }),
  departments: manyFilter({ url: "department", core: "departments", label: label("dept") }),
  ages: choiceFilter({
    url: "age_range",
    core: "ageRange",
    label: () => fieldLabel("held_groups", "ageRange"),
    values: AGE_RANGES,
    textOf: rangeName,
  }),
  workcenters: manyFilter({ url: "workcenter", core: "workcenters", label: label("workcenter") }),
  packages: manyFilter({ url: "package", core: "packages", label: label("package") }),
  dummy: toggleFilter({ url: "include_dummy", core: "includeDummy", label: () => t("filter.dummy") }),
  /** Whether the matrix shows all packages. */
  wide: viewState<boolean>(
    false,
    (query) => one(query, "packages") === "all",
    (wide) => ({ packages: wide ? "all" : undefined }),
  ),
  sort: sortState({ keys: () => Object.keys(COLUMNS) }),
});
export type HoldState = StateOf<(typeof holdFilters)["filters"]>;

/** What the lists of filters offer. */
export function choicesOf(found: () => HoldOverview | undefined) {
  return {
    reasons: () => namedChoices(found()?.facets.reason),
    departments: () => namedChoices(found()?.facets.department),
    workcenters: () => namedChoices(found()?.facets.workcenter),
    packages: () => namedChoices(found()?.facets.package),
  };
}

/** The names that lots on hold have, whatever is chosen. */
export function knownIn(facets: () => HoldOverview["facets"] | undefined): Known<(typeof holdFilters)["filters"]> {
  const has = (key: "reason" | "department" | "workcenter" | "package") => (name: string) =>
    facets()?.[key].some((facet) => facet.name === name);
  return { reasons: has("reason"), departments: has("department"), workcenters: has("workcenter"), packages: has("package") };
}

/** Totals, then hold types and age classes, which filter. */
export function totalFigures({ totalLots, totalQty, avgAge, maxAge, workcenterCount }: HoldOverview["summary"]): Figure[] {
  const name = (key: string) => fieldLabel("hold_summary", key);
  const days = t("holds.days");
  return [
    { key: "lots", label: name("totalLots"), value: count(totalLots), unit: t("common.lots") },
    { key: "qty", label: name("totalQty"), value: compact(totalQty), unit: t("common.pcs"), hint: count(totalQty) },
    { key: "avg", label: fieldLabel("held_groups", "avgAge"), value: fieldText("held_groups", "avgAge", avgAge), unit: days },
    { key: "max", label: name("maxAge"), value: maxAge.toFixed(2), unit: days },
    { key: "groups", label: name("workcenterCount"), value: count(workcenterCount) },
  ];
}

const shareFigure = (lots: number, qty: number, whole: number) => ({
  value: count(lots),
  unit: t("common.lots"),
  detail: `${compact(qty)} ${t("common.pcs")}`,
  hint: count(qty),
  share: whole === 0 ? 0 : lots / whole,
});

export function typeFigures({ facets }: HoldOverview): Figure[] {
  const whole = facets.holdType.reduce((sum, { lots }) => sum + lots, 0);
  const marks = { quality: ["H", "quality"], "non-quality": ["N", "nonquality"] } as const;
  return facets.holdType.map(({ holdType, lots, qty }) => ({
    key: holdType,
    label: typeName(holdType),
    letter: marks[holdType][0],
    colour: `var(--${marks[holdType][1]})`,
    ...shareFigure(lots, qty, whole),
  }));
}

/** Whether no held lot is on non-quality hold. */
export function isAllQuality({ facets }: HoldOverview): boolean {
  return facets.holdType.every(({ holdType, lots }) => holdType === "quality" || lots === 0);
}

export function ageFigures({ facets }: HoldOverview): Figure[] {
  const whole = facets.ageRange.reduce((sum, { lots }) => sum + lots, 0);
  return facets.ageRange.map(({ ageRange, lots, qty }) => ({
    key: ageRange,
    label: rangeName(ageRange),
    colour: "var(--text-2)",
    ...shareFigure(lots, qty, whole),
  }));
}

const groupName = ({ workcenter }: HeldGroup) => workcenter ?? t("holds.noGroup");
const reasonName = ({ reason }: HeldReason) => reason ?? t("holds.noReason");

/** Groups and their reasons as areas of lots, coloured by mean lot age. */
export function areas(groups: readonly HeldGroup[]): Area[] {
  const text = (key: "lots" | "qty" | "avgAge", value: number) =>
    `${fieldLabel("held_groups", key)}: ${fieldText("held_groups", key, value)}`;
  const area = (name: string, { lots, qty, avgAge }: HeldGroup | HeldReason): Area => ({
    name,
    size: lots,
    heat: avgAge,
    tip: () => [text("lots", lots), text("qty", qty), text("avgAge", avgAge)],
  });
  return groups.map((group) => ({ ...area(groupName(group), group), parts: group.reasons.map((one) => area(reasonName(one), one)) }));
}

/** Name of an area among all, as it is read to people who don't see it. */
export function areaKey(group: HeldGroup, part?: HeldReason): string {
  return part ? `${groupName(group)} → ${reasonName(part)}` : groupName(group);
}

/** What the area of a key filters by; nothing where its lots lack what it stands for. */
export function meaningOf(key: string, groups: readonly HeldGroup[]): Partial<HoldState> {
  const areasOf = (group: HeldGroup) => [undefined, ...group.reasons].map((part) => ({ group, part }));
  const found = groups.flatMap(areasOf).find(({ group, part }) => areaKey(group, part) === key);
  if (!found || found.group.workcenter === null || found.part?.reason === null) return {};
  return { workcenters: [found.group.workcenter], ...(found.part && { reasons: [found.part.reason] }) };
}

/** The tree for people who don't see the chart. */
export function treeTable(groups: readonly HeldGroup[]): ChartTable {
  const keys = ["lots", "qty", "avgAge"] as const;
  return {
    head: ["workcenter", "reason", ...keys].map((key) => fieldLabel("held_groups", key)),
    rows: groups.flatMap((group) =>
      group.reasons.map((one) => [groupName(group), reasonName(one), ...keys.map((key) => fieldText("held_groups", key, one[key]))]),
    ),
  };
}

export function lotColumns(): Column<HeldLot>[] {
  const more: Partial<Record<HeldSort, Partial<Column<HeldLot>>>> = {
    holdType: { text: ({ holdType }) => typeName(holdType) },
  };
  return Object.keys(COLUMNS)
    .filter(isSort)
    .map((key) => fieldColumn<HeldLot>("held_lots", key, { width: COLUMNS[key], ...more[key] }));
}

/** The matrix of the API with the same filters. */
export function matrixLink(state: HoldState): string | undefined {
  const names = ["hold_type", "reason", "department", "age_range", "workcenter", "package", "include_dummy"] as const;
  return dataLink("/api/hold-overview/matrix", names, holdFilters, state);
}

/** These lots as a file or, where the file lacks a filter, as the list of the API. */
export function lotsLink(state: HoldState, total: number): string | undefined {
  return fileLink(holdFilters, state, { status: "HOLD" }) ?? heldLink(holdFilters, state, total);
}

/** Body of the export: the filters with the names of the API. */
export function exportQuestion(filter: HeldFilter): Record<string, unknown> {
  const { holdType, reasons, departments, ageRange, workcenters, packages, includeDummy } = filter;
  return {
    hold_type: holdType,
    reason: reasons,
    department: departments,
    age_range: ageRange,
    workcenter: workcenters,
    package: packages,
    include_dummy: includeDummy,
  };
}
