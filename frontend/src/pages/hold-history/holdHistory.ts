// Hold history: its filters, its figures and its columns.
import type {
  DayRange,
  HoldBar,
  HoldClass,
  HoldHistoryFilter,
  HoldHistoryOverview,
  HoldHours,
  HoldKind,
  HoldRecord,
  HoldRecordSort,
  HoldType,
} from "mes-compute";

import type { ChartTable } from "../../chart/ChartCard.vue";
import type { Figure } from "../../figures/figure";
import { compact, count, hours } from "../../figures/numbers";
import type { Choice } from "../../filters/choices";
import { isDate } from "../../filters/dayRange";
import { dataLink } from "../../filters/dataLink";
import {
  choiceFilter,
  daysFilter,
  filterSet,
  manyFilter,
  type StateOf,
  textFilter,
  toggleFilter,
  viewState,
} from "../../filters/filterSet";
import type { Known } from "../../filters/unusable";
import { one } from "../../filters/urlState";
import { type Column, fieldColumn } from "../../table/column";
import { type Sort, sortState } from "../../table/sort";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;
const label = (key: string) => () => fieldLabel("hold_record", key);
const HOLD_TYPES: readonly HoldType[] = ["quality", "non-quality"];
export const KINDS: readonly HoldKind[] = ["new", "released", "held"];
export const CLASSES: readonly HoldClass[] = ["<4h", "4-24h", "1-3d", ">3d"];
const typeName = (hold: HoldType) => fieldLabel("wip_summary", hold === "quality" ? "qualityHold" : "nonQualityHold");
const className = (duration: HoldClass) => t(`holdHistory.durations.${duration}`);
const kindName = (kind: HoldKind) => t(`holdHistory.kinds.${kind}`);

/** Days that the page opens with. */
export const USUAL_DAYS = 7;

/** Columns of the list, with their widths: orders that the core knows. */
const COLUMNS: Record<HoldRecordSort, number> = {
  lotId: 185,
  reason: 200,
  holdType: 128,
  heldAt: 140,
  releasedAt: 140,
  hours: 100,
  rank: 120,
  qty: 80,
  workcenter: 120,
  package: 120,
  heldBy: 110,
  department: 110,
  holdComment: 240,
  releasedBy: 110,
  releaseComment: 200,
  workorder: 120,
  product: 120,
  ncr: 110,
};
const isSort = (key: string): key is HoldRecordSort => key in COLUMNS;

export const holdHistoryFilters = filterSet<HoldHistoryFilter>()({
  days: daysFilter({ label: () => t("filter.days"), usualDays: USUAL_DAYS, isNamed: true }),
  hold: choiceFilter({ url: "hold_type", core: "holdType", label: label("holdType"), values: HOLD_TYPES, textOf: typeName }),
  reasons: manyFilter({ url: "reason", core: "reasons", label: label("reason") }),
  workcenters: manyFilter({ url: "workcenter", core: "workcenters", label: label("workcenter") }),
  packages: manyFilter({ url: "package", core: "packages", label: label("package") }),
  departments: manyFilter({ url: "department", core: "departments", label: label("department") }),
  kind: choiceFilter({ url: "kind", core: "kind", label: () => t("holdHistory.kind"), values: KINDS, textOf: kindName }),
  duration: choiceFilter({ url: "duration", label: () => t("holdHistory.duration"), values: CLASSES, textOf: className }),
  text: textFilter({ url: "text", core: "text", label: () => t("holdHistory.text") }),
  /** Narrows when it is set, unlike other toggles. */
  repeats: {
    ...toggleFilter({ url: "repeats_only", core: "repeatsOnly", label: () => t("holdHistory.repeats") }),
    relaxed: false,
    chip: (isOn: boolean) => (isOn ? t("common.yes") : ""),
  },
  /** The day of the trend that is chosen. */
  day: viewState<string>(
    "",
    (query) => (isDate(one(query, "day")) ? one(query, "day") : ""),
    (day) => ({ day }),
    isDate,
  ),
  sort: sortState({ keys: () => Object.keys(COLUMNS) }),
});
export type HoldHistoryState = StateOf<(typeof holdHistoryFilters)["filters"]>;

/** The filters as the core takes them, with the chosen day of the range and the class of hours. */
export function coreFilter(state: HoldHistoryState, query: HoldHistoryFilter, range: DayRange): HoldHistoryFilter {
  const isInside = state.day >= range.startDate && state.day <= range.endDate;
  return { ...query, ...(state.duration && { durations: [state.duration] }), ...(state.day && isInside && { day: state.day }) };
}

/** An order of the list as the core knows it. */
export function orderOf(sort: Sort | undefined): { sort: HoldRecordSort; descending: boolean } | undefined {
  return sort && isSort(sort.key) ? { sort: sort.key, descending: sort.descending } : undefined;
}

/** The Paretos, by the filter that a bar sets. */
export const PARETOS = ["reasons", "workcenters", "packages", "departments"] as const;
export type Pareto = (typeof PARETOS)[number];
const FIELD: Record<Pareto, string> = { reasons: "reason", workcenters: "workcenter", packages: "package", departments: "department" };
export const paretoName = (pareto: Pareto) => fieldLabel("hold_record", FIELD[pareto]);

/** What the lists of filters offer: the names of the bars. */
export function choicesOf(found: () => HoldHistoryOverview | undefined): Record<Pareto, () => readonly Choice[]> {
  const named = (pareto: Pareto) => () =>
    (found()?.[pareto] ?? []).flatMap(({ name, holds }) => (name === null ? [] : [{ name, count: holds }]));
  return { reasons: named("reasons"), workcenters: named("workcenters"), packages: named("packages"), departments: named("departments") };
}

/** The names that the holds of the range have; undefined before there are any. */
export function knownIn(all: () => HoldHistoryOverview | undefined): Known<(typeof holdHistoryFilters)["filters"]> {
  const has = (pareto: Pareto) => (name: string) => all()?.[pareto].some((bar) => bar.name === name);
  return { reasons: has("reasons"), workcenters: has("workcenters"), packages: has("packages"), departments: has("departments") };
}

/** Sums of the range with their means per day. */
export function totalFigures({ new: began, released, held, repeats, averages }: HoldHistoryOverview): Figure[] {
  const figure = (key: "new" | "released" | "held", lots: number, qty: number, mean: number): Figure => ({
    key,
    label: t(`holdHistory.${key}`),
    value: count(lots),
    unit: t("common.lots"),
    detail: `${compact(qty)} ${t("common.pcs")} · ${t("holdHistory.perDay", { n: mean.toFixed(1) })}`,
    hint: count(qty),
  });
  return [
    figure("new", began.all.lots, began.all.qty, averages.newLots),
    figure("released", released.all.lots, released.all.qty, averages.releasedLots),
    figure("held", held.all.lots, held.all.qty, averages.heldLots),
    { key: "repeats", label: t("holdHistory.repeated"), value: count(repeats), hint: t("holdHistory.repeatedHint") },
  ];
}

const hoursText = (value: number | null) => (value === null ? "–" : hours(value));

/** Hours of the holds that were released, and of those that are still on. */
export function hoursFigures({ releasedHours, heldHours }: HoldHistoryOverview): Figure[] {
  const figure = (key: string, of: HoldHours): Figure => ({
    key,
    label: t(`holdHistory.${key}`),
    value: hoursText(of.meanHours),
    unit: "h",
    detail: t("holdHistory.median", { median: hoursText(of.medianHours), longest: hoursText(of.longestHours) }),
    hint: `${count(of.holds)} ${t("holdHistory.holds")}`,
  });
  return [figure("releasedHours", releasedHours), figure("heldHours", heldHours)];
}

/** Classes of hours as figures that filter. */
export function classFigures({ durations }: HoldHistoryOverview): Figure[] {
  const whole = durations.reduce((sum, { released, held }) => sum + released + held, 0);
  return durations.map(({ duration, released, held }) => ({
    key: duration,
    label: className(duration),
    value: count(released + held),
    unit: t("holdHistory.holds"),
    detail: t("holdHistory.ofClass", { released: count(released), held: count(held) }),
    share: whole === 0 ? 0 : (released + held) / whole,
  }));
}

/** Key of a bar; holds without a name have one that no name is. */
export const barName = ({ name }: HoldBar) => name ?? t("holdHistory.noName");

/** The filter that a bar sets, or takes back where it is all that is chosen; nothing for holds without a name. */
export function barChange(pareto: Pareto, bars: readonly HoldBar[], key: string, state: HoldHistoryState): Partial<HoldHistoryState> {
  const name = bars.find((bar) => barName(bar) === key)?.name;
  if (name === undefined || name === null) return {};
  const isChosen = state[pareto].length === 1 && state[pareto][0] === name;
  const change: Partial<Pick<HoldHistoryState, Pareto>> = {};
  change[pareto] = isChosen ? [] : [name];
  return change;
}

export function trendTable({ trend }: HoldHistoryOverview): ChartTable {
  const kinds = KINDS.map((kind) => t(`holdHistory.${kind}`));
  return {
    head: [
      t("holdHistory.day"),
      ...kinds.flatMap((kind) => HOLD_TYPES.map((type) => `${kind}, ${typeName(type)}`)),
      t("holdHistory.repeated"),
    ],
    rows: trend.map((day) => [day.date, ...KINDS.flatMap((kind) => [day[kind].quality.lots, day[kind].nonQuality.lots]), day.repeats]),
  };
}

export function recordColumns(): Column<HoldRecord>[] {
  const more: Partial<Record<HoldRecordSort, Partial<Column<HoldRecord>>>> = {
    holdType: { text: ({ holdType }) => typeName(holdType) },
    // Where the site has no names of lots, the container names them.
    lotId: { text: ({ lotId, containerId }) => lotId ?? containerId },
  };
  return Object.keys(COLUMNS)
    .filter(isSort)
    .map((key) => fieldColumn<HoldRecord>("hold_record", key, { width: COLUMNS[key], ...more[key] }));
}

/** These holds by the API, where it knows all of the filters. */
export function recordsLink(state: HoldHistoryState, { startDate, endDate }: DayRange): string | undefined {
  const names = ["hold_type", "reason", "workcenter", "package", "department", "kind", "duration", "text", "repeats_only", "day"] as const;
  return dataLink("/api/hold-history/records", names, holdHistoryFilters, state, { start_date: startDate, end_date: endDate });
}
