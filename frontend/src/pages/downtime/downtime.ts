// Downtime: its filters, its figures and its columns.
import type {
  DayRange,
  DowntimeCategory,
  DowntimeChange,
  DowntimeEvent,
  DowntimeFigures,
  DowntimeFilter,
  DowntimeMachine,
  DowntimeSort,
  DowntimeSummary,
  EquipmentFilter,
  EventJob,
  JobLink,
  LeftOut,
  ReasonDowntime,
} from "mes-compute";
import { stringifyQuery } from "vue-router";

import type { ChartTable } from "../../chart/ChartCard.vue";
import { downtimeCategoryValues, jobLinkValues } from "../../contract/generated";
import type { Figure } from "../../figures/figure";
import { fieldText, isNumber } from "../../figures/fieldText";
import { cell, change, count, hours, percent } from "../../figures/numbers";
import type { Choice } from "../../filters/choices";
import { dataLink } from "../../filters/dataLink";
import { choiceFilter, daysFilter, filterSet, manyFilter, type StateOf, viewState } from "../../filters/filterSet";
import { machineFilters } from "../../filters/machineFilters";
import type { Known } from "../../filters/unusable";
import { one, oneOf } from "../../filters/urlState";
import { type Column, fieldColumn } from "../../table/column";
import { type Sort, sortState } from "../../table/sort";
import { machinePage } from "../../who/subjects";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;
const label = (key: string) => () => fieldLabel("downtime_event", key);
export const DOWN = ["UDT", "SDT", "EGT"] as const;
export const categoryName = (category: DowntimeCategory) => t(`downtime.categories.${category}`);
export const linkName = (link: JobLink) => t(`downtime.jobLinks.${link}`);

/** What the figures are split by. */
export const PARTS = ["machine", "group", "family", "shift"] as const;
export type PartKind = (typeof PARTS)[number];

/** Days that the page opens with. */
export const USUAL_DAYS = 7;

/** Columns of the list, with their widths: orders that the core knows are among them. */
const COLUMNS: Partial<Record<keyof DowntimeEvent, number>> = {
  resource_name: 150,
  workcenter: 120,
  family: 120,
  code: 80,
  reason: 160,
  category: 190,
  from: 140,
  until: 140,
  hours: 80,
  job_link: 110,
};
const SORTS: readonly DowntimeSort[] = [
  "resource_name",
  "workcenter",
  "family",
  "code",
  "reason",
  "category",
  "from",
  "hours",
  "job_link",
  "waiting_hours",
  "repair_hours",
];

type Extra = Pick<DowntimeFilter, "reasons">;
export const downtimeFilters = filterSet<EquipmentFilter & Extra>()({
  days: daysFilter({ label: () => t("filter.days"), usualDays: USUAL_DAYS, isNamed: true }),
  ...machineFilters,
  state: choiceFilter({ url: "state", label: label("state"), values: DOWN }),
  reasons: manyFilter({ url: "reason", core: "reasons", label: label("reason") }),
  category: choiceFilter({ url: "category", label: label("category"), values: downtimeCategoryValues, textOf: categoryName }),
  jobLink: choiceFilter({ url: "job_link", label: label("job_link"), values: jobLinkValues, textOf: linkName }),
  /** Whether the days before are shown beside. */
  compared: viewState<boolean>(
    false,
    (query) => one(query, "compare") === "period",
    (isOn) => ({ compare: isOn ? "period" : undefined }),
  ),
  /** What the figures are split by. */
  parts: viewState<PartKind>(
    "machine",
    (query) => oneOf(query, "by", PARTS) ?? "machine",
    (kind) => ({ by: kind === "machine" ? undefined : kind }),
    (value) => PARTS.some((kind) => kind === value),
  ),
  sort: sortState({ keys: () => SORTS, usual: { key: "hours", descending: true } }),
});
export type DowntimeState = StateOf<(typeof downtimeFilters)["filters"]>;

/** The filters as the core takes them, on some days. */
export function coreFilter(state: DowntimeState, { reasons, ...machines }: EquipmentFilter & Extra, range: DayRange): DowntimeFilter {
  return {
    machines,
    ...range,
    ...(reasons && { reasons }),
    ...(state.state && { states: [state.state] }),
    ...(state.category && { categories: [state.category] }),
    ...(state.jobLink && { jobLinks: [state.jobLink] }),
  };
}

const isSort = (key: string): key is DowntimeSort => SORTS.some((sort) => sort === key);

/** An order of the list as the core knows it. */
export function orderOf(sort: Sort | undefined): { sort: DowntimeSort; descending: boolean } | undefined {
  return sort && isSort(sort.key) ? { sort: sort.key, descending: sort.descending } : undefined;
}

export const reasonName = ({ reason }: Pick<ReasonDowntime, "reason">) => reason ?? t("downtime.noReason");

/** What the list of reasons offers. */
export function reasonChoices(found: DowntimeSummary | undefined): Choice[] {
  return (found?.reasons_by_events ?? []).flatMap(({ reason, events }) => (reason === null ? [] : [{ name: reason, count: events }]));
}

/** The reasons that the range has; undefined before there are any. */
export function knownIn(all: () => DowntimeSummary | undefined): Pick<Known<(typeof downtimeFilters)["filters"]>, "reasons"> {
  return { reasons: (name: string) => all()?.reasons_by_events.some(({ reason }) => reason === name) };
}

/** The filter that a bar sets, or takes back; nothing for downtimes without a reason. */
export function barChange(bars: readonly ReasonDowntime[], key: string, state: DowntimeState): Partial<DowntimeState> {
  const reason = bars.find((bar) => reasonName(bar) === key)?.reason;
  if (reason === undefined || reason === null) return {};
  const isChosen = state.reasons.length === 1 && state.reasons[0] === reason;
  return { reasons: isChosen ? [] : [reason] };
}

const MISSING = cell(null);
const dash = (value: number | null, text: (value: number) => string) => (value === null ? MISSING : text(value));
const hundredths = (value: number | null) => dash(value, (known) => known.toFixed(2));
const tenths = (value: number | null) => dash(value, hours);

/** The key figures, with those of the days before where they are compared. */
export function keyFigures(figures: DowntimeFigures, before?: DowntimeFigures): Figure[] {
  const figure = (key: string, of: (figures: DowntimeFigures) => string, unit?: string, formula?: string): Figure => ({
    key,
    label: t(`downtime.${key}`),
    value: of(figures),
    ...(unit && of(figures) !== MISSING && { unit }),
    ...(before ? { detail: t("downtime.before", { value: of(before) }) } : formula && { detail: formula }),
    ...(formula && { hint: formula }),
  });
  return [
    figure("events", ({ events }) => count(events)),
    figure("failures", ({ failures }) => count(failures)),
    figure("down", ({ down_hours }) => hours(down_hours), "h"),
    figure("mttr", ({ mttr_hours }) => hundredths(mttr_hours), "h", t("downtime.mttrFormula")),
    figure("mtbf", ({ mtbf_hours }) => tenths(mtbf_hours), "h", t("downtime.mtbfFormula")),
    figure("availability", ({ availability_pct }) => percent(availability_pct), undefined, t("downtime.availabilityFormula")),
    figure("uptime", ({ uptime_pct }) => percent(uptime_pct), undefined, t("downtime.uptimeFormula")),
  ];
}

/** Tenths of large sums are in the title of the card only, so that every value stands in one line. */
const shortHours = (value: number) => (value < 1_000 ? hours(value) : count(value));

/** Categories as figures that filter. */
export function categoryFigures({ categories }: DowntimeSummary): Figure[] {
  const whole = categories.reduce((sum, one) => sum + one.hours, 0);
  return categories.map(({ category, events, hours: sum }) => ({
    key: category,
    label: categoryName(category),
    value: shortHours(sum),
    unit: "h",
    hint: `${categoryName(category)}: ${hours(sum)} h`,
    detail: t("downtime.countOf", { n: count(events) }),
    share: whole <= 0 ? 0 : Math.max(0, sum / whole),
  }));
}

/** What is left out, or not named by a rule. */
export function notesOf({ untimed, unknown_machines, unlisted_reasons }: DowntimeSummary): string[] {
  const leftOut = ({ fragments, hours: sum }: LeftOut) => ({ n: count(fragments), hours: hours(sum) });
  return [
    ...(untimed.fragments > 0 ? [t("downtime.untimed", leftOut(untimed))] : []),
    ...(unknown_machines.fragments > 0 ? [t("downtime.unknownMachines", leftOut(unknown_machines))] : []),
    ...(unlisted_reasons > 0 ? [t("downtime.unlisted", { n: count(unlisted_reasons) })] : []),
  ];
}

export function trendTable({ trend }: DowntimeSummary): ChartTable {
  return {
    head: [t("downtime.day"), ...DOWN.map((state) => `${state}, h`), t("downtime.failures")],
    rows: trend.map((day) => [day.date, day.udt_hours, day.sdt_hours, day.egt_hours, day.failures]),
  };
}

export function paretoTable(bars: readonly ReasonDowntime[]): ChartTable {
  return {
    head: [fieldLabel("downtime_event", "reason"), t("downtime.events"), fieldLabel("downtime_event", "hours")],
    rows: bars.map((bar) => [reasonName(bar), bar.events, bar.hours]),
  };
}

/** The jobs page with the job of a downtime open, where it is one that is known. */
function jobAddress({ job, resource_name }: DowntimeEvent): string | undefined {
  const day = job?.created?.slice(0, 10);
  if (!job || !day || !resource_name) return undefined;
  return `/job-query?${stringifyQuery({ q: resource_name, start_date: day, end_date: day, job: job.job_id })}`;
}

export function eventColumns(): Column<DowntimeEvent>[] {
  const more: Partial<Record<keyof DowntimeEvent, Partial<Column<DowntimeEvent>>>> = {
    resource_name: { to: ({ resource_id }) => machinePage(resource_id) },
    category: { text: ({ category }) => categoryName(category) },
    until: { text: ({ until }) => (until === null ? t("downtime.open") : fieldText("downtime_event", "until", until)) },
    job_link: { text: ({ job_link }) => linkName(job_link) },
  };
  const own = (Object.keys(COLUMNS) as (keyof DowntimeEvent & string)[]).map((key) =>
    fieldColumn<DowntimeEvent>("downtime_event", key, { width: COLUMNS[key]!, isUnsortable: !isSort(key), ...more[key] }),
  );
  const job = (key: keyof EventJob & string, width: number, rest: Partial<Column<DowntimeEvent>> = {}): Column<DowntimeEvent> => ({
    key,
    label: fieldLabel("downtime_job", key),
    num: isNumber("downtime_job", key),
    value: (row) => row.job?.[key],
    text: (row) => fieldText("downtime_job", key, row.job?.[key]),
    width,
    isUnsortable: !isSort(key),
    ...rest,
  });
  return [
    ...own,
    // A job that the table of jobs doesn't have has an id only.
    job("order", 150, {
      value: ({ job }) => job?.order ?? job?.job_id,
      text: ({ job }) => cell(job?.order ?? job?.job_id),
      to: jobAddress,
    }),
    job("waiting_hours", 90),
    job("repair_hours", 100),
    job("symptom", 120),
    job("cause", 120),
    job("repair", 120),
    job("status", 100, { isExtra: true }),
    job("model", 110, { isExtra: true }),
    job("created", 140, { isExtra: true }),
    job("job_id", 150, { isExtra: true }),
  ];
}

/** These downtimes by the API, where it knows all of the filters. */
export function eventsLink(state: DowntimeState, { startDate, endDate }: DayRange): string | undefined {
  const machines = ["workcenter_groups", "families", "is_production", "is_key", "is_monitor"] as const;
  const names = [...machines, "state", "reason", "category", "job_link"] as const;
  return dataLink("/api/downtime/events", names, downtimeFilters, state, { start_date: startDate, end_date: endDate });
}

/** The figures of a machine, a group, a family or a shift. */
export interface Part extends DowntimeFigures {
  key: string;
  name: string;
  /** Of a machine. */
  machine?: DowntimeMachine;
}

/** The worst machines, or all groups, families or shifts. */
export function partsOf({ worst, groups, families, shifts }: DowntimeSummary, kind: PartKind): Part[] {
  if (kind === "machine") {
    return worst.map((machine) => ({ ...machine, key: machine.resource_id, name: machine.resource_name ?? machine.resource_id, machine }));
  }
  if (kind === "group") return groups.map((group) => ({ ...group, key: group.workcenter, name: group.workcenter }));
  if (kind === "family") return families.map((one) => ({ ...one, key: one.family ?? "", name: cell(one.family) }));
  return shifts.map((one) => ({
    ...one,
    key: String(one.shift),
    name: one.shift === null ? "–" : t("downtime.shift", { n: one.shift + 1 }),
  }));
}

const number = <Row>(key: keyof Row & string, name: string, text: (value: number | null) => string): Column<Row> => ({
  key,
  label: t(`downtime.${name}`),
  value: (row) => row[key] as number | null,
  text: (row) => text(row[key] as number | null),
  num: true,
  width: 110,
});
const whole = (value: number | null) => dash(value, count);

export function partColumns(kind: PartKind): Column<Part>[] {
  const name: Column<Part> = {
    key: "name",
    label: t(`downtime.parts.${kind}`),
    value: (part) => part.name,
    width: 170,
    to: ({ machine }) => machinePage(machine?.resource_id),
  };
  const ofMachine = (key: "workcenter" | "family"): Column<Part> => ({
    key,
    label: fieldLabel("downtime_event", key),
    value: ({ machine }) => machine?.[key],
    width: 140,
  });
  return [
    name,
    ...(kind === "machine" ? [ofMachine("workcenter"), ofMachine("family")] : []),
    number("down_hours", "hours", tenths),
    number("events", "events", whole),
    number("failures", "failures", whole),
    number("mttr_hours", "mttrHours", hundredths),
    number("mtbf_hours", "mtbfHours", tenths),
    number("availability_pct", "availability", percent),
    number("uptime_pct", "uptime", percent),
  ];
}

/** Columns of the reasons of two ranges. */
export function changeColumns(): Column<DowntimeChange>[] {
  return [
    { key: "reason", label: fieldLabel("downtime_event", "reason"), value: reasonName, width: 200 },
    number("before_events", "eventsBefore", whole),
    number("after_events", "eventsAfter", whole),
    number("before_hours", "hoursBefore", tenths),
    number("after_hours", "hoursAfter", tenths),
    number("change_hours", "changeHours", change),
  ];
}
