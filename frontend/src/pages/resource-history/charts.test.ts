// @vitest-environment happy-dom
import type { WorkcenterHours } from "mes-compute";
import { expect, it } from "vitest";

import { comparisonTable } from "./charts";

it("has the data of the comparison as a table", () => {
  const groups: WorkcenterHours[] = [{ workcenter: "甲", ou_pct: 80, prd_hours: 12, machine_count: 3 }];
  expect(comparisonTable(groups).rows).toEqual([["甲", 80, 12, 3]]);
});
