// @vitest-environment happy-dom
import type { TrendPoint, WorkcenterHours } from "mes-compute";
import { expect, it } from "vitest";

import { comparisonTable, trendTable } from "./charts";

it("has the data of every chart as a table", () => {
  const trend = trendTable([{ date: "2026-11-01", ou_pct: 80, prd_pct: 60 } as TrendPoint]);
  expect(trend.rows[0]!.slice(0, 3)).toEqual(["2026-11-01", 80, 60]);
  expect(trend.rows[0]).toHaveLength(trend.head.length);
  const groups: WorkcenterHours[] = [{ workcenter: "甲", ou_pct: 80, prd_hours: 12, machine_count: 3 }];
  expect(comparisonTable(groups).rows).toEqual([["甲", 80, 12, 3]]);
});
