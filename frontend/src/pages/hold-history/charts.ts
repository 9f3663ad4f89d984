// Charts of the holds as options of ECharts: pure data in, pure data out.
import type { HoldBar, HoldDay, HoldKind } from "mes-compute";

import { TIP_STYLE } from "../../chart/escape";
import { MOST_BARS, short } from "../../chart/pareto";
import type { Palette } from "../../theme/palette";

function frame(colours: Palette) {
  const label = { color: colours.text, fontSize: 11 };
  const tooltip = {
    trigger: "axis",
    confine: true,
    extraCssText: TIP_STYLE,
    backgroundColor: colours.surface,
    borderColor: colours.grid,
    textStyle: { color: colours.text, fontSize: 12 },
  };
  return { label, tooltip, split: { lineStyle: { color: colours.grid } }, axisLine: { lineStyle: { color: colours.grid } } };
}

export type TrendNames = Record<"new" | "released", { quality: string; nonQuality: string }> & Record<"held" | "moved", string>;

/** Newly held and released lots as bars by hold type, lots on hold at the end of the day as a line. The chosen day is marked. */
export function trendOption(trend: readonly HoldDay[], colours: Palette, names: TrendNames, chosen: string) {
  const { label, tooltip, split, axisLine } = frame(colours);
  const axis = { type: "value", axisLabel: { ...label, formatter: short }, nameGap: 10 };
  const faded = (date: string) => (chosen === "" || chosen === date ? 0.85 : 0.35);
  const bar = (kind: Exclude<HoldKind, "held">, type: "quality" | "nonQuality") => ({
    name: names[kind][type],
    type: "bar",
    stack: kind,
    barCategoryGap: "25%",
    data: trend.map((day) => ({ value: day[kind][type].lots, itemStyle: { opacity: faded(day.date) } })),
    itemStyle: {
      color: type === "quality" ? colours.quality : colours.nonquality,
      ...(kind === "released" && { decal: { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 4], rotation: 0.8 } }),
    },
  });
  return {
    grid: { left: 8, right: 12, top: 54, bottom: 4, containLabel: true },
    legend: { type: "scroll", top: 0, left: 0, itemWidth: 12, itemHeight: 10, itemGap: 12, textStyle: label },
    tooltip,
    xAxis: {
      type: "category",
      data: trend.map(({ date }) => date),
      axisLabel: { ...label, hideOverlap: true },
      axisLine,
      axisTick: { show: false },
    },
    yAxis: [
      { ...axis, name: names.moved, nameTextStyle: { ...label, align: "left", padding: [0, 0, 0, -24] }, splitLine: split },
      { ...axis, name: names.held, nameTextStyle: { ...label, align: "right", padding: [0, -24, 0, 0] }, splitLine: { show: false } },
    ],
    series: [
      bar("new", "quality"),
      bar("new", "nonQuality"),
      bar("released", "quality"),
      bar("released", "nonQuality"),
      {
        name: names.held,
        type: "line",
        yAxisIndex: 1,
        data: trend.map((day) => day.held.all.lots),
        symbolSize: 5,
        z: 5,
        lineStyle: { color: colours.accent, width: 2 },
        itemStyle: { color: colours.accent, borderColor: colours.surface, borderWidth: 1 },
      },
    ],
  };
}

/** Holds by name, and their cumulative share on a second axis from 0 to 100 %. */
export function barsOption(all: readonly HoldBar[], colours: Palette, names: { holds: string; cumulative: string; none: string }) {
  const { label, tooltip, split, axisLine } = frame(colours);
  const bars = all.slice(0, MOST_BARS);
  return {
    grid: { left: 8, right: 8, top: 28, bottom: 4, containLabel: true },
    tooltip,
    xAxis: {
      type: "category",
      data: bars.map(({ name }) => name ?? names.none),
      axisLabel: { ...label, interval: 0, hideOverlap: true, rotate: 32, width: 92, overflow: "truncate" },
      axisLine,
      axisTick: { show: false },
    },
    yAxis: [
      { type: "value", axisLabel: { ...label, formatter: short }, splitLine: split },
      { type: "value", min: 0, max: 100, axisLabel: { ...label, formatter: "{value}%" }, splitLine: { show: false } },
    ],
    series: [
      {
        name: names.holds,
        type: "bar",
        data: bars.map(({ holds }) => holds),
        itemStyle: { color: colours.queue, borderRadius: [3, 3, 0, 0] },
        barMaxWidth: 34,
      },
      {
        name: names.cumulative,
        type: "line",
        yAxisIndex: 1,
        data: bars.map(({ cumulativePct }) => cumulativePct),
        symbolSize: 5,
        lineStyle: { color: colours.text, width: 1.5 },
        itemStyle: { color: colours.text },
      },
    ],
  };
}
