// Charts of the hours as options of ECharts: pure data in, pure data out.
import type { HistoryHeatmap, TrendPoint, WorkcenterHours } from "mes-compute";

import type { Palette } from "../theme/palette";
import { HOUR_STATES, type HourState } from "../figures/states";
import type { ChartTable } from "./ChartCard.vue";
import { escaped, TIP_STYLE } from "./escape";

/** A share of the core; one that can't be told is a dash. */
function share(value: number | null): string {
  return value === null ? "–" : `${value}%`;
}

function frame(colours: Palette) {
  const label = { color: colours.text, fontSize: 11 };
  const tooltip = {
    confine: true,
    extraCssText: TIP_STYLE,
    backgroundColor: colours.surface,
    borderColor: colours.grid,
    textStyle: { color: colours.text, fontSize: 12 },
  };
  return { label, tooltip, split: { lineStyle: { color: colours.grid } }, axisLine: { lineStyle: { color: colours.grid } } };
}

/** Room for a share in percent, for a name that is cut, and for one line of labels, px: to find out takes longer than to draw. */
const [SHARE_PX, NAME_PX, LINE_PX] = [42, 118, 24];
/** Around the axes. */
function around(left: number, right: number, top: number, bottom: number) {
  return { left, right, top, bottom, outerBoundsMode: "none" };
}

/** Share of each state by period, stacked, and OU % as a line; periods without hours stay empty. */
export function trendOption(
  trend: readonly TrendPoint[],
  periods: readonly string[],
  colours: Palette,
  names: Record<HourState, string> & { ou: string },
) {
  const { label, tooltip, split, axisLine } = frame(colours);
  const byPeriod = new Map(trend.map((point) => [point.date, point]));
  const valuesOf = (key: `${HourState}_pct` | "ou_pct") => periods.map((period) => byPeriod.get(period)?.[key] ?? null);
  return {
    grid: around(SHARE_PX, 12, 34, LINE_PX),
    legend: {
      type: "scroll",
      top: 0,
      left: 0,
      itemWidth: 10,
      itemHeight: 10,
      itemGap: 12,
      icon: "roundRect",
      textStyle: label,
      data: [names.ou, ...HOUR_STATES.map((state) => names[state])],
    },
    tooltip: { ...tooltip, trigger: "axis", valueFormatter: (value: number | null | undefined) => share(value ?? null) },
    xAxis: {
      type: "category",
      data: [...periods],
      axisLabel: { ...label, hideOverlap: true },
      axisLine,
      axisTick: { show: false },
    },
    yAxis: { type: "value", min: 0, max: 100, axisLabel: { ...label, formatter: "{value}%" }, splitLine: split },
    series: [
      ...HOUR_STATES.map((state) => ({
        name: names[state],
        type: "bar",
        stack: "states",
        barCategoryGap: "18%",
        data: valuesOf(`${state}_pct`),
        itemStyle: { color: colours[state], opacity: 0.78 },
      })),
      {
        name: names.ou,
        type: "line",
        data: valuesOf("ou_pct"),
        symbolSize: 5,
        z: 5,
        lineStyle: { color: colours.accent, width: 2 },
        itemStyle: { color: colours.accent, borderColor: colours.surface, borderWidth: 1 },
      },
    ],
  };
}

/** Ends of the scale of colours, %: round numbers around all values, so that differences between groups are seen. */
export function scaleOf(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 100];
  const lowest = Math.floor(values.reduce((least, value) => Math.min(least, value), 100) / 10) * 10;
  const highest = Math.ceil(values.reduce((most, value) => Math.max(most, value), 0) / 10) * 10;
  return highest > lowest ? [lowest, highest] : lowest === 100 ? [90, 100] : [lowest, lowest + 10];
}

/** OU % by workcenter group and period, in colours apart in lightness; periods without hours stay empty. */
export function heatmapOption(heatmap: HistoryHeatmap, colours: Palette) {
  const { label, tooltip, axisLine } = frame(colours);
  // Rows are drawn from below.
  const names = heatmap.workcenters.map((entry) => entry.workcenter).reverse();
  const cells = heatmap.ou_pct.flatMap((row, place) =>
    row.flatMap((value, period) => (value === null ? [] : [[period, names.length - 1 - place, value]])),
  );
  const [lowest, highest] = scaleOf(cells.map(([, , value]) => value!));
  return {
    grid: around(NAME_PX, 12, 6, 46 + LINE_PX),
    tooltip: {
      ...tooltip,
      formatter: (cell: { value: [number, number, number] }) =>
        `${escaped(names[cell.value[1]] ?? "")}<br>${heatmap.dates[cell.value[0]]}: <b>${cell.value[2]}%</b>`,
    },
    xAxis: {
      type: "category",
      data: heatmap.dates,
      axisLabel: { ...label, hideOverlap: true },
      axisLine,
      axisTick: { show: false },
      splitArea: { show: false },
    },
    yAxis: {
      type: "category",
      data: names,
      axisLabel: { ...label, width: 110, overflow: "truncate" },
      axisLine,
      axisTick: { show: false },
    },
    visualMap: {
      min: lowest,
      max: highest,
      calculable: false,
      orient: "horizontal",
      left: "center",
      bottom: 0,
      itemHeight: 120,
      itemWidth: 10,
      text: [`${highest}%`, `${lowest}%`],
      textStyle: label,
      inRange: { color: [colours.low, colours.middle, colours.high] },
    },
    series: [{ type: "heatmap", data: cells, itemStyle: { borderColor: colours.surface, borderWidth: 1 } }],
  };
}

/** Group and period of each cell of a heatmap, in the order of its data. */
export function heatmapCells({ series, xAxis, yAxis }: ReturnType<typeof heatmapOption>): { group: string; date: string }[] {
  return series[0]!.data.map(([period, row]) => ({ group: yAxis.data[row!] ?? "", date: xAxis.data[period!] ?? "" }));
}

export function heatmapTable({ dates, workcenters, ou_pct }: HistoryHeatmap, group: string): ChartTable {
  return { head: [group, ...dates], rows: workcenters.map(({ workcenter }, place) => [workcenter, ...(ou_pct[place] ?? [])]) };
}

/** A heatmap with a column for each of these days, empty for a day without hours: its time axis is true. */
export function withAllDays({ dates, workcenters, ou_pct }: HistoryHeatmap, days: readonly string[]): HistoryHeatmap {
  const places = days.map((day) => dates.indexOf(day));
  return { workcenters, dates: [...days], ou_pct: ou_pct.map((row) => places.map((place) => row[place] ?? null)) };
}

/** OU % of each of these days as a line, which has a gap where a day has no hours. */
export function ouTrendOption(
  trend: readonly Pick<TrendPoint, "date" | "ou_pct">[],
  days: readonly string[],
  colours: Palette,
  name: string,
) {
  const { label, tooltip, split, axisLine } = frame(colours);
  const byDay = new Map(trend.map(({ date, ou_pct }) => [date, ou_pct]));
  return {
    grid: around(SHARE_PX, 16, 12, LINE_PX),
    tooltip: { ...tooltip, trigger: "axis", valueFormatter: (value: number | null | undefined) => share(value ?? null) },
    xAxis: { type: "category", data: [...days], axisLabel: { ...label, hideOverlap: true }, axisLine, axisTick: { show: false } },
    yAxis: { type: "value", min: 0, max: 100, axisLabel: { ...label, formatter: "{value}%" }, splitLine: split },
    series: [
      {
        name,
        type: "line",
        data: days.map((day) => byDay.get(day) ?? null),
        symbolSize: 7,
        lineStyle: { color: colours.accent, width: 3 },
        itemStyle: { color: colours.accent },
      },
    ],
  };
}

/** Hours that are compared: their name, all their periods, and OU % of those that have hours. */
export interface ComparedTrend {
  name: string;
  periods: readonly string[];
  trend: readonly Pick<TrendPoint, "date" | "ou_pct">[];
}

/** OU % of every period, null where there are no hours. */
function ouOf({ periods, trend }: Omit<ComparedTrend, "name">): (number | null)[] {
  const byPeriod = new Map(trend.map(({ date, ou_pct }) => [date, ou_pct]));
  return periods.map((period) => byPeriod.get(period) ?? null);
}

/** OU % of two sets of hours as lines, each on a time axis of its own: the first below, the second above. */
export function comparedTrendOption(both: readonly [ComparedTrend, ComparedTrend], colours: Palette) {
  const { label, tooltip, split, axisLine } = frame(colours);
  const looks = [
    { color: colours.accent, type: "solid" },
    { color: colours.low, type: "dashed" },
  ] as const;
  return {
    grid: around(SHARE_PX, 16, 36 + LINE_PX, LINE_PX),
    legend: { type: "scroll", top: 0, left: 0, textStyle: label, data: both.map(({ name }) => name) },
    tooltip: {
      ...tooltip,
      trigger: "item",
      formatter: ({ seriesName, name, value }: { seriesName: string; name: string; value: number | null }) =>
        `${escaped(seriesName)}<br>${name}: <b>${share(value)}</b>`,
    },
    xAxis: both.map(({ periods }, place) => ({
      type: "category",
      position: place === 0 ? "bottom" : "top",
      data: [...periods],
      axisLabel: { ...label, color: looks[place]!.color, hideOverlap: true },
      axisLine: { ...axisLine, onZero: false },
      axisTick: { show: false },
    })),
    yAxis: { type: "value", min: 0, max: 100, axisLabel: { ...label, formatter: "{value}%" }, splitLine: split },
    series: both.map(({ name, periods, trend }, place) => {
      return {
        name,
        type: "line",
        xAxisIndex: place,
        data: ouOf({ periods, trend }),
        symbolSize: 7,
        lineStyle: { width: 2, ...looks[place]! },
        itemStyle: { color: looks[place]!.color },
      };
    }),
  };
}

/** The same as a table, period by period. */
export function comparedTrendTable([first, second]: readonly [ComparedTrend, ComparedTrend], period: string): ChartTable {
  const length = Math.max(first.periods.length, second.periods.length);
  const [ou, otherOu] = [ouOf(first), ouOf(second)];
  return {
    head: [`${period} · ${first.name}`, first.name, `${period} · ${second.name}`, second.name],
    rows: Array.from({ length }, (_, place) => [
      first.periods[place] ?? null,
      ou[place] ?? null,
      second.periods[place] ?? null,
      otherOu[place] ?? null,
    ]),
  };
}

/** OU % of each workcenter group, the best on top. */
export function comparisonOption(groups: WorkcenterHours[], colours: Palette, names: { ou: string; hours: string; machines: string }) {
  const { label, tooltip, split, axisLine } = frame(colours);
  const rows = [...groups].reverse();
  return {
    grid: around(NAME_PX, 44, 4, LINE_PX),
    tooltip: {
      ...tooltip,
      trigger: "item",
      formatter: (bar: { dataIndex: number }) => {
        const group = rows[bar.dataIndex];
        return group
          ? `${escaped(group.workcenter)}<br>${names.ou} <b>${share(group.ou_pct)}</b><br>${names.hours} ${group.prd_hours}<br>${names.machines} ${group.machine_count}`
          : "";
      },
    },
    xAxis: { type: "value", min: 0, max: 100, axisLabel: { ...label, formatter: "{value}%" }, splitLine: split },
    yAxis: {
      type: "category",
      data: rows.map((group) => group.workcenter),
      axisLabel: { ...label, width: 110, overflow: "truncate" },
      axisLine,
      axisTick: { show: false },
    },
    series: [
      {
        type: "bar",
        data: rows.map((group) => group.ou_pct),
        barMaxWidth: 16,
        itemStyle: { color: colours.accent, borderRadius: [0, 3, 3, 0] },
        label: {
          show: true,
          position: "right",
          formatter: (bar: { value: number | null }) => share(bar.value),
          color: colours.text,
          fontSize: 11,
        },
      },
    ],
  };
}
