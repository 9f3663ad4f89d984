// A Pareto chart as option of ECharts: pure data in, pure data out.
import type { ParetoBar } from "mes-compute";

import type { Palette } from "../theme/palette";
import { axesOf } from "./axes";

/** More bars are too thin to be told apart; the list beside the chart has the rest. */
export const MOST_BARS = 40;

/** One bar; its share is null where there is nothing to divide by. */
export interface Bar {
  name: string;
  value: number;
  cumulativePct: number | null;
}

/** Bars and their cumulative share on a second axis from 0 to 100 %. */
export function barsOption(all: readonly Bar[], colours: Palette, colour: string, names: { value: string; cumulative: string }) {
  const bars = all.slice(0, MOST_BARS);
  const { label, tooltip, split, axisLine } = axesOf(colours);
  return {
    grid: { left: 8, right: 8, top: 28, bottom: 4, containLabel: true },
    tooltip,
    xAxis: {
      type: "category",
      data: bars.map(({ name }) => name),
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
        name: names.value,
        type: "bar",
        data: bars.map(({ value }) => value),
        itemStyle: { color: colour, borderRadius: [3, 3, 0, 0] },
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

/** Hold reasons by pieces. */
export function paretoOption(all: readonly ParetoBar[], colours: Palette, colour: string, names: { qty: string; cumulative: string }) {
  const bars = all.map(({ reason, qty, cumulativePct }) => ({ name: reason, value: qty, cumulativePct }));
  return barsOption(bars, colours, colour, { value: names.qty, cumulative: names.cumulative });
}

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

/** Axis labels: 1200000 as 1.2M. */
export function short(value: number): string {
  return compact.format(value);
}
