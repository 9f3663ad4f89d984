// Ranges of days, as `YYYY-MM-DD`.
import type { DayRange } from "mes-compute";

import { FACTS } from "../contract/facts";

const DAY_MS = 86_400_000;

/** ms since 1970 of a date, undefined for what is none. */
function moment(date: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return undefined;
  const ms = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date ? undefined : ms;
}

/** The date that is `days` later, or earlier. */
export function shifted(date: string, days: number): string {
  return new Date((moment(date) ?? 0) + days * DAY_MS).toISOString().slice(0, 10);
}

/** `days` days that end with `today`. */
export function lastDays(today: string, days: number): DayRange {
  return { startDate: shifted(today, 1 - days), endDate: today };
}

/** Why a range can't be asked for: the name of a message; undefined when it can. */
export function wrongRange({ startDate, endDate }: DayRange): "noDate" | "backwards" | "tooLong" | undefined {
  const [start, end] = [moment(startDate), moment(endDate)];
  if (start === undefined || end === undefined) return "noDate";
  if (end < start) return "backwards";
  return (end - start) / DAY_MS >= FACTS.longestRangeDays ? "tooLong" : undefined;
}

/** Days from one date to another; 0 for what is no date. */
export function daysBetween(startDate: string, endDate: string): number {
  return ((moment(endDate) ?? 0) - (moment(startDate) ?? 0)) / DAY_MS;
}

/** The days of the address, or the last ones that a page opens with. */
export function usualDays({ startDate, endDate }: DayRange, today: string, days: number): DayRange {
  const usual = lastDays(today, days);
  return { startDate: startDate || usual.startDate, endDate: endDate || usual.endDate };
}
