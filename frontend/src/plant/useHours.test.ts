// @vitest-environment happy-dom
import { expect, it } from "vitest";

import { shownRange } from "./useHours";
import { partFrom } from "./useRangeStore";

const range = (startDate: string) => ({ startDate, endDate: "2026-11-20" });

it("shows a range until the hours of the next one are held", () => {
  const [week, month, year] = [range("2026-11-14"), range("2026-10-22"), range("2025-11-21")];
  expect(shownRange(undefined, undefined, week)).toBeUndefined();
  expect(shownRange(undefined, month, year)).toBe(month);
  expect(shownRange(week, month, year)).toBe(week);
  expect(shownRange(week, month, undefined)).toBe(week);
  expect(shownRange(month, month, week)).toBe(week);
});

it("shows the part of a pending range that is held, and never days that are not", () => {
  const [week, month, year] = [range("2026-11-14"), range("2026-10-22"), range("2025-11-21")];
  expect(shownRange(month, week, year)).toEqual(week);
  expect(shownRange(week, month, year, true)).toEqual(month);
  const until = (endDate: string) => ({ startDate: "2026-10-01", endDate });
  expect(shownRange(undefined, month, until("2026-11-10"), true)).toEqual({ startDate: "2026-10-22", endDate: "2026-11-10" });
  expect(shownRange(undefined, month, until("2026-10-10"), true)).toBe(month);
  expect(shownRange(undefined, undefined, year, true)).toBeUndefined();
});

it("asks for the part of a pending range that is there", () => {
  const month = range("2026-10-22");
  expect(partFrom(month, undefined)).toBeUndefined();
  expect(partFrom(month, "2026-11-01")).toEqual(range("2026-11-01"));
  expect(partFrom(month, "2026-10-01")).toEqual(month);
  expect(partFrom(month, "2026-11-21")).toBeUndefined();
});
