// @vitest-environment happy-dom
import { expect, it } from "vitest";

import { shownRange } from "./useHours";

const range = (startDate: string) => ({ startDate, endDate: "2026-11-20" });

it("shows a range until the hours of the next one are held", () => {
  const [week, month, year] = [range("2026-11-14"), range("2026-10-22"), range("2025-11-21")];
  expect(shownRange(undefined, undefined, week)).toBeUndefined();
  expect(shownRange(undefined, month, year)).toBe(month);
  expect(shownRange(week, month, year)).toBe(week);
  expect(shownRange(week, month, undefined)).toBe(week);
  expect(shownRange(month, month, week)).toBe(week);
});
