import { describe, expect, it } from "vitest";

import { age, bytes, cell, compact, count, label, milliseconds, percent, shortTime } from "./numbers";

describe("numbers for people", () => {
  it("shows 0 as 0 and only missing data as a dash", () => {
    expect(percent(0)).toBe("0.0%");
    expect(percent(null)).toBe("–");
    expect(cell(0)).toBe("0");
    expect([0, 999, 1_000, 1_234_567].map(compact)).toEqual(["0", "999", "1.0K", "1.2M"]);
    expect(cell(null)).toBe("–");
    expect(["", " \u3000", "SOT-23"].map(label)).toEqual(["–", "–", "SOT-23"]);
  });
  it("shortens whole numbers as Intl does", () => {
    const intl = new Intl.NumberFormat("en-US", { notation: "compact", minimumFractionDigits: 1, maximumFractionDigits: 1 });
    const edges = [1_049, 1_050, 1_250, 1_350, 1_450, 999_949, 999_950, 1_049_999, 1_050_000, 999_949_999, 999_950_000, -1_500, 1_500.5];
    for (const value of [...edges, ...Array.from({ length: 5_000 }, (_, n) => 1_000 + n * n * 37)])
      expect(compact(value), String(value)).toBe(intl.format(value));
  });
  it("groups thousands as Intl does", () => {
    const intl = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
    const edges = [0, 999, 1_000, 1_001, 10_099, 999_999, 1_000_000, 1_234_567, -1, -1_234, 0.4, 1_234.5, Number.NaN];
    for (const value of [...edges, ...Array.from({ length: 1_500 }, (_, n) => n * n)]) expect(count(value)).toBe(intl.format(value));
  });
  it("groups thousands and shortens times", () => {
    expect(count(1234567)).toBe("1,234,567");
    expect(shortTime("2026-11-20T08:00:05")).toBe("11-20 08:00");
  });
  it("writes durations and sizes in a unit that fits", () => {
    expect([null, 0.42, 12.6].map(milliseconds)).toEqual(["–", "0.4 ms", "13 ms"]);
    expect([512, 2048, 3 * 1024 * 1024].map(bytes)).toEqual(["512 B", "2 KiB", "3.0 MiB"]);
  });
  it("tells age in the largest unit", () => {
    expect(age(5_000, "en")).toBe("5 sec. ago");
    expect(age(150_000, "en")).toBe("2 min. ago");
  });
});
