// What the charts of the equipment history are made of, and the same as tables for people who don't see them.
import type { WorkcenterHours } from "mes-compute";

import type { ChartTable } from "../../chart/ChartCard.vue";
import { fieldLabel } from "../../words/fieldLabel";

const label = (key: string) => fieldLabel("history", key);

export function comparisonTable(groups: readonly WorkcenterHours[]): ChartTable {
  return {
    head: [label("workcenter"), label("ou_pct"), label("prd_hours"), label("machine_count")],
    rows: groups.map((group) => [group.workcenter, group.ou_pct, group.prd_hours, group.machine_count]),
  };
}
