// @vitest-environment happy-dom
import type { TrendPoint } from "mes-compute";
import { expect, it } from "vitest";

import { STATE_CODES, trendTable } from "./trend";

it("has the hours over time as a table", () => {
  const trend = trendTable([{ date: "2026-11-01", ou_pct: 80, prd_pct: 60 } as TrendPoint], "Period");
  expect(trend.head[0]).toBe("Period");
  expect(trend.rows[0]!.slice(0, 3)).toEqual(["2026-11-01", 80, 60]);
  expect(trend.rows[0]).toHaveLength(trend.head.length);
  expect(STATE_CODES.prd).toBe("PRD");
});
