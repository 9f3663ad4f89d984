import { describe, expect, it } from "vitest";

import { daysOfPeriod, lastDays, periodsOf, previousRange, shifted, wrongRange } from "./dayRange";

describe("the range of days", () => {
  it("ends today and has as many days as asked for", () => {
    expect(lastDays("2026-03-01", 30)).toEqual({ startDate: "2026-01-31", endDate: "2026-03-01" });
    expect(lastDays("2024-03-01", 2)).toEqual({ startDate: "2024-02-29", endDate: "2024-03-01" });
    expect(shifted("2026-12-31", 1)).toBe("2027-01-01");
  });
  it("says what is wrong with it", () => {
    const wrong = (startDate: string, endDate: string) => wrongRange({ startDate, endDate });
    expect(wrong("2026-02-30", "2026-03-01")).toBe("noDate");
    expect(wrong("", "2026-03-01")).toBe("noDate");
    expect(wrong("2026-03-02", "2026-03-01")).toBe("backwards");
    expect(wrong("2024-11-20", "2026-11-20")).toBeUndefined();
    expect(wrong("2024-11-19", "2026-11-20")).toBe("tooLong");
  });
  it("has a previous one of the same length", () => {
    expect(previousRange({ startDate: "2026-03-01", endDate: "2026-03-30" })).toEqual({ startDate: "2026-01-30", endDate: "2026-02-28" });
    expect(previousRange({ startDate: "2026-03-01", endDate: "2026-03-01" })).toEqual({ startDate: "2026-02-28", endDate: "2026-02-28" });
  });
  it("has every period, also one without data, under the core's names", () => {
    const range = { startDate: "2026-11-27", endDate: "2026-12-01" };
    expect(periodsOf(range, "day")).toEqual(["2026-11-27", "2026-11-28", "2026-11-29", "2026-11-30", "2026-12-01"]);
    expect(periodsOf(range, "week")).toEqual(["2026-11-23", "2026-11-30"]);
    expect(periodsOf(range, "month")).toEqual(["2026-11", "2026-12"]);
    expect(periodsOf(range, "year")).toEqual(["2026"]);
    expect(daysOfPeriod(range, "2026-11-30", "week")).toEqual({ startDate: "2026-11-30", endDate: "2026-12-01" });
    expect(daysOfPeriod(range, "2026-11", "month")).toEqual({ startDate: "2026-11-27", endDate: "2026-11-30" });
  });
});
