// Hours down by day as option of ECharts: pure data in, pure data out.
import type { DowntimeDay } from "mes-compute";

import { axesOf } from "../../chart/axes";
import { short } from "../../chart/pareto";
import type { Palette } from "../../theme/palette";

/** Hours of each state by day, stacked. */
export function trendOption(trend: readonly DowntimeDay[], colours: Palette) {
  const { label, tooltip, split, axisLine } = axesOf(colours);
  const bar = (state: "udt" | "sdt" | "egt") => ({
    name: state.toUpperCase(),
    type: "bar",
    stack: "states",
    barCategoryGap: "18%",
    data: trend.map((day) => day[`${state}_hours`]),
    itemStyle: { color: colours[state], opacity: 0.78 },
  });
  return {
    grid: { left: 8, right: 12, top: 34, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 10, itemHeight: 10, itemGap: 12, icon: "roundRect", textStyle: label },
    tooltip,
    xAxis: {
      type: "category",
      data: trend.map(({ date }) => date),
      axisLabel: { ...label, hideOverlap: true },
      axisLine,
      axisTick: { show: false },
    },
    yAxis: { type: "value", axisLabel: { ...label, formatter: (hours: number) => `${short(hours)} h` }, splitLine: split },
    series: [bar("udt"), bar("sdt"), bar("egt")],
  };
}
