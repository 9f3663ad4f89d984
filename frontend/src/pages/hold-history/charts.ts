// Charts of the holds as options of ECharts: pure data in, pure data out.
import type { HoldDay, HoldKind } from "mes-compute";

import { axesOf } from "../../chart/axes";
import { short } from "../../chart/pareto";
import type { Palette } from "../../theme/palette";

export type TrendNames = Record<"new" | "released", { quality: string; nonQuality: string }> & Record<"held" | "moved", string>;

/** Newly held and released lots as bars by hold type, lots on hold at the end of the day as a line. The chosen day is marked. */
export function trendOption(trend: readonly HoldDay[], colours: Palette, names: TrendNames, chosen: string) {
  const { label, tooltip, split, axisLine } = axesOf(colours);
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
