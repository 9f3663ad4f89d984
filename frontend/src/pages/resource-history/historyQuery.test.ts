import { describe, expect, it } from "vitest";

import { lastDays } from "../../filters/dayRange";
import { exportQuestion, fittingGranularity, historyCodec, historyQuery } from "./historyQuery";

describe("the range of days", () => {
  it("has periods that fit a chart", () => {
    expect(fittingGranularity(lastDays("2026-11-20", 90))).toBe("day");
    expect(fittingGranularity(lastDays("2026-11-20", 365))).toBe("week");
    expect(fittingGranularity(lastDays("2026-11-20", 730))).toBe("month");
  });
});

describe("the address of the page", () => {
  it("gives back what was written", () => {
    const state = historyCodec.read({
      start_date: "2026-11-01",
      end_date: "2026-11-20",
      granularity: "week",
      workcenter_groups: ["甲", "乙"],
      is_key: "false",
      q: "G",
    });
    expect(historyCodec.read(historyCodec.write(state) as never)).toEqual(state);
    expect(state.key).toBe(false);
  });
  it("passes over what no page writes", () => {
    const state = historyCodec.read({ granularity: "hour", is_key: "maybe" });
    expect(state.granularity).toBeUndefined();
    expect(state.key).toBeUndefined();
  });
  it("asks the core for the part that is wanted", () => {
    const state = historyCodec.read({ workcenter_groups: "甲" });
    expect(historyQuery(state, { startDate: "2026-11-01", endDate: "2026-11-20" })).toEqual({
      filter: { workcenterGroups: ["甲"], families: [] },
      granularity: "day",
      startDate: "2026-11-01",
      endDate: "2026-11-20",
    });
  });
});

it("asks for an export with names as they are", () => {
  const state = historyCodec.read({ workcenter_groups: ["Mold, Trim", "焊接_WB"], is_key: "true", q: "GWB" });
  const range = { startDate: "2026-11-01", endDate: "2026-11-20" };
  expect(exportQuestion(state, range, "xlsx")).toEqual({
    start_date: "2026-11-01",
    end_date: "2026-11-20",
    workcenter_groups: ["Mold, Trim", "焊接_WB"],
    is_key: true,
    text: "GWB",
    format: "xlsx",
  });
  expect(Object.keys(exportQuestion(historyCodec.read({}), range, "csv"))).toEqual(["start_date", "end_date", "format"]);
});
