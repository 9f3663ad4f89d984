// A Pareto chart as option of ECharts: pure data in, pure data out.
import type { ParetoBar } from "mes-compute";

import type { Palette } from "../theme/palette";
import { TIP_STYLE } from "./escape";

/** More bars are too thin to be told apart; the list beside the chart has the rest. */
export const MOST_BARS = 40;

/** Bars by pieces and the cumulative share on a second axis from 0 to 100 %. */
export function paretoOption(all: readonly ParetoBar[], colours: Palette, bar: string, names: { qty: string; cumulative: string }) {
  const bars = all.slice(0, MOST_BARS);
  const label = { color: colours.text, fontSize: 11 };
  const split = { lineStyle: { color: colours.grid } };
  return {
    grid: { left: 8, right: 8, top: 28, bottom: 4, containLabel: true },
    tooltip: {
      trigger: "axis",
      confine: true,
      extraCssText: TIP_STYLE,
      backgroundColor: colours.surface,
      borderColor: colours.grid,
      textStyle: { color: colours.text },
    },
    xAxis: {
      type: "category",
      data: bars.map((bar) => bar.reason),
      axisLabel: { ...label, interval: 0, rotate: 32, width: 92, overflow: "truncate" },
      axisLine: { lineStyle: { color: colours.grid } },
      axisTick: { show: false },
    },
    yAxis: [
      { type: "value", axisLabel: { ...label, formatter: short }, splitLine: split },
      { type: "value", min: 0, max: 100, axisLabel: { ...label, formatter: "{value}%" }, splitLine: { show: false } },
    ],
    series: [
      {
        name: names.qty,
        type: "bar",
        data: bars.map((bar) => bar.qty),
        itemStyle: { color: bar, borderRadius: [3, 3, 0, 0] },
        barMaxWidth: 34,
      },
      {
        name: names.cumulative,
        type: "line",
        yAxisIndex: 1,
        data: bars.map((bar) => bar.cumulativePct),
        symbolSize: 5,
        lineStyle: { color: colours.text, width: 1.5 },
        itemStyle: { color: colours.text },
      },
    ],
  };
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** Axis labels: 1200000 as 1.2M. */
export function short(value: number): string {
  return compact.format(value);
}
