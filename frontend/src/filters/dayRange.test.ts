import { describe, expect, it } from "vitest";

import { lastDays, shifted, wrongRange } from "./dayRange";

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
});
