// The hours over time: names of their states, and the chart as a table.
import type { TrendPoint } from "mes-compute";

import { HOUR_STATES, type HourState } from "../figures/states";
import { fieldLabel } from "../words/fieldLabel";
import type { ChartTable } from "./ChartCard.vue";

export const STATE_CODES = Object.fromEntries(HOUR_STATES.map((state) => [state, state.toUpperCase()])) as Record<HourState, string>;

export function trendTable(trend: readonly TrendPoint[], period: string): ChartTable {
  const label = (key: string) => fieldLabel("history", key);
  return {
    head: [period, label("ou_pct"), ...HOUR_STATES.map((state) => label(`${state}_pct`)), label("other_hours"), label("total_hours")],
    rows: trend.map((point) => [
      point.date,
      point.ou_pct,
      ...HOUR_STATES.map((state) => point[`${state}_pct`]),
      point.other_hours,
      point.total_hours,
    ]),
  };
}
