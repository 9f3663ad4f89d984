// What the charts of the equipment history are made of, and the same as tables for people who don't see them.
import type { TrendPoint, WorkcenterHours } from "mes-compute";

import type { ChartTable } from "../../chart/ChartCard.vue";
import { HOUR_STATES, type HourState } from "../../figures/states";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;
const label = (key: string) => fieldLabel("history", key);

export const STATE_CODES = Object.fromEntries(HOUR_STATES.map((state) => [state, state.toUpperCase()])) as Record<HourState, string>;

export function trendTable(trend: readonly TrendPoint[]): ChartTable {
  return {
    head: [t("history.period"), label("ou_pct"), ...HOUR_STATES.map((state) => label(`${state}_pct`))],
    rows: trend.map((point) => [point.date, point.ou_pct, ...HOUR_STATES.map((state) => point[`${state}_pct`])]),
  };
}

export function comparisonTable(groups: readonly WorkcenterHours[]): ChartTable {
  return {
    head: [label("workcenter"), label("ou_pct"), label("prd_hours"), label("machine_count")],
    rows: groups.map((group) => [group.workcenter, group.ou_pct, group.prd_hours, group.machine_count]),
  };
}
