// @vitest-environment happy-dom
import type { HoursFigures } from "mes-compute";
import { describe, expect, it } from "vitest";

import { lastDays } from "../../filters/dayRange";
import { addWords, i18n } from "../../words/i18n";
import { cellChange, exportQuestion, fittingGranularity, historyFilters, keyFigures, stateFigures } from "./history";
import * as words from "./words";

addWords("history", words);
i18n.global.locale.value = "en";

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
  it("keeps what the hours are compared with, which filters nothing", () => {
    const address = { compare: "period", compare_start: "2026-10-01", compare_end: "2026-10-20", compare_groups: ["丙"] };
    expect(codec.write(codec.read(address))).toMatchObject(address);
    expect(query(codec.read(address))).toEqual({});
    expect(codec.read({ compare: "years" }).comparison).toBeUndefined();
  });
  it("leads from a cell of the heatmap to its group in its period", () => {
    const range = { startDate: "2026-11-04", endDate: "2026-11-20" };
    const first = { startDate: "2026-11-04", endDate: "2026-11-08" };
    expect(cellChange("甲", "2026-11-02", range, "week")).toEqual({ groups: ["甲"], days: first, granularity: undefined });
    expect(cellChange(undefined, "2026-11-05", range, "day")).toEqual({
      days: { startDate: "2026-11-05", endDate: "2026-11-05" },
      granularity: undefined,
    });
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
  const before = { startDate: "2026-10-12", endDate: "2026-10-31" };
  expect(exportQuestion({ ...range, filter: {} }, before)).toEqual({
    start_date: "2026-11-01",
    end_date: "2026-11-20",
    compare_start: "2026-10-12",
    compare_end: "2026-10-31",
  });
});

it("shows OTHER only with hours, and a dash for no share", () => {
  const kpi = { ou_pct: null, availability_pct: 75, prd_hours: 1234.56, prd_pct: 60, other_hours: 0 } as HoursFigures;
  expect(keyFigures(kpi).map(({ value }) => value)).toEqual(["–", "75.0%"]);
  expect(keyFigures(kpi, { ...kpi, ou_pct: 60, availability_pct: 70 }).map(({ detail }) => detail)).toEqual([
    "compared 60.0% · –",
    "compared 70.0% · +5.0 points",
  ]);
  expect(stateFigures(kpi)[0]).toEqual({ code: "PRD", share: 60, value: "60.0%", detail: "1,234.6 h" });
  expect(stateFigures(kpi)).toHaveLength(6);
  expect(stateFigures({ ...kpi, other_hours: 8, other_pct: 25 }).at(-1)).toEqual({
    code: "OTHER",
    share: 0,
    value: "8.0 h",
    detail: "25.0% of all",
  });
});
