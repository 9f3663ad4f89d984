// The last hour's answers as an option of ECharts: pure data in, pure data out.
import type { Schemas } from "../contract/api";
import type { Palette } from "../theme/palette";
import { TIP_STYLE } from "./escape";

const MINUTE_MS = 60_000;

/** `HH:MM` where the reader is. */
function clock(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 5);
}

/** Answers by the minute as bars, how long they took as lines; minutes without answers stay empty. */
export function latencyOption(
  minutes: Schemas["MinuteFigures"][],
  colours: Palette,
  names: Record<"requests" | "errors" | "p50" | "p95" | "p99", string>,
) {
  const byMinute = new Map(minutes.map((figures) => [Date.parse(figures.minute), figures]));
  const first = Math.min(...byMinute.keys());
  const length = minutes.length === 0 ? 0 : (Math.max(...byMinute.keys()) - first) / MINUTE_MS + 1;
  const times = Array.from({ length }, (_, place) => first + place * MINUTE_MS);
  const label = { color: colours.text, fontSize: 11 };
  const line = (name: string, colour: string, figure: (figures: Schemas["MinuteFigures"]) => number) => ({
    name,
    type: "line",
    yAxisIndex: 1,
    symbolSize: 4,
    connectNulls: false,
    data: times.map((time): number | null => {
      const figures = byMinute.get(time);
      return figures ? figure(figures) : null;
    }),
    lineStyle: { color: colour, width: 2 },
    itemStyle: { color: colour },
  });
  const bars = (name: string, colour: string, figure: (figures: Schemas["MinuteFigures"]) => number) => ({
    name,
    type: "bar",
    stack: "answers",
    yAxisIndex: 0,
    data: times.map((time): number | null => {
      const figures = byMinute.get(time);
      return figures ? figure(figures) : 0;
    }),
    itemStyle: { color: colour, opacity: 0.55 },
  });
  return {
    grid: { left: 8, right: 8, top: 34, bottom: 4, containLabel: true },
    legend: { type: "scroll", top: 0, left: 0, itemWidth: 10, itemHeight: 10, icon: "roundRect", textStyle: label },
    tooltip: {
      trigger: "axis",
      confine: true,
      extraCssText: TIP_STYLE,
      backgroundColor: colours.surface,
      borderColor: colours.grid,
      textStyle: { color: colours.text, fontSize: 12 },
    },
    xAxis: {
      type: "category",
      data: times.map(clock),
      axisLabel: { ...label, hideOverlap: true },
      axisLine: { lineStyle: { color: colours.grid } },
      axisTick: { show: false },
    },
    yAxis: [
      { type: "value", axisLabel: label, splitLine: { lineStyle: { color: colours.grid } }, minInterval: 1 },
      { type: "value", axisLabel: { ...label, formatter: "{value} ms" }, splitLine: { show: false } },
    ],
    series: [
      bars(names.requests, colours.accent, (figures) => figures.requests - figures.server_errors),
      bars(names.errors, colours.udt, (figures) => figures.server_errors),
      line(names.p50, colours.prd, (figures) => figures.p50_ms),
      line(names.p95, colours.sby, (figures) => figures.p95_ms),
      line(names.p99, colours.egt, (figures) => figures.p99_ms),
    ],
  };
}
