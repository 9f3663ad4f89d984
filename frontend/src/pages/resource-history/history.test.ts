// @vitest-environment happy-dom
import type { HoursFigures } from "mes-compute";
import { describe, expect, it } from "vitest";

import { lastDays } from "../../filters/dayRange";
import { exportQuestion, fittingGranularity, historyFilters, keyFigures, stateFigures } from "./history";

describe("the range of days", () => {
  it("has periods that fit a chart", () => {
    expect([90, 365, 730].map((days) => fittingGranularity(lastDays("2026-11-20", days)))).toEqual(["day", "week", "month"]);
  });
});

describe("the address of the page", () => {
  const { codec, query } = historyFilters;
  it("gives back what was written", () => {
    const state = codec.read({
      start_date: "2026-11-01",
      end_date: "2026-11-20",
      granularity: "week",
      workcenter_groups: ["甲", "乙"],
      is_key: "false",
      q: "G",
    });
    expect(codec.read(codec.write(state) as never)).toEqual(state);
    expect(query(state)).toEqual({ workcenterGroups: ["甲", "乙"], isKey: false, text: "G" });
  });
  it("ignores what no page writes", () => {
    expect(codec.read({ granularity: "hour", is_key: "maybe" })).toMatchObject({ granularity: undefined, key: undefined });
  });
});

it("asks for an export with names as they are", () => {
  const filter = { workcenterGroups: ["Mold, Trim", "焊接_WB"], isKey: true, text: "GWB" };
  const range = { startDate: "2026-11-01", endDate: "2026-11-20" };
  expect(exportQuestion({ ...range, filter })).toEqual({
    start_date: "2026-11-01",
    end_date: "2026-11-20",
    workcenter_groups: ["Mold, Trim", "焊接_WB"],
    is_key: true,
    text: "GWB",
  });
});

it("shows OTHER only with hours, and a dash for no share", () => {
  const kpi = { ou_pct: null, availability_pct: 75, prd_hours: 1234.56, prd_pct: 60, other_hours: 0 } as HoursFigures;
  expect(keyFigures(kpi).map(({ value }) => value)).toEqual(["–", "75.0%"]);
  expect(stateFigures(kpi)[0]).toEqual({ code: "PRD", share: 60, value: "60.0%", detail: "1,234.6 h" });
  expect(stateFigures(kpi)).toHaveLength(6);
  expect(stateFigures({ ...kpi, other_hours: 8 }).at(-1)).toEqual({ code: "OTHER", share: 0, value: "8.0 h" });
});
