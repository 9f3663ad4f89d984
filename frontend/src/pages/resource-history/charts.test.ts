// @vitest-environment happy-dom
import type { HistoryHeatmap, TrendPoint, WorkcenterHours } from "mes-compute";
import { expect, it } from "vitest";

import { heatmapOption } from "../../chart/history";
import { palette } from "../../testPalette";
import { comparisonTable, heatmapGroups, heatmapTable, trendTable } from "./charts";

const heatmap: HistoryHeatmap = {
  workcenters: [
    { workcenter: "甲", workcenter_seq: 1 },
    { workcenter: "乙", workcenter_seq: 2 },
  ],
  dates: ["2026-11-01", "2026-11-02"],
  ou_pct: [
    [80, null],
    [10, 20],
  ],
};

it("knows the group of each cell of the heatmap", () => {
  expect(heatmapGroups(heatmapOption(heatmap, palette))).toEqual(["甲", "乙", "乙"]);
});

it("has the data of every chart as a table", () => {
  expect(heatmapTable(heatmap).rows).toEqual([
    ["甲", 80, null],
    ["乙", 10, 20],
  ]);
  const trend = trendTable([{ date: "2026-11-01", ou_pct: 80, prd_pct: 60 } as TrendPoint]);
  expect(trend.rows[0]!.slice(0, 3)).toEqual(["2026-11-01", 80, 60]);
  expect(trend.rows[0]).toHaveLength(trend.head.length);
  const groups: WorkcenterHours[] = [{ workcenter: "甲", ou_pct: 80, prd_hours: 12, machine_count: 3 }];
  expect(comparisonTable(groups).rows).toEqual([["甲", 80, 12, 3]]);
});
