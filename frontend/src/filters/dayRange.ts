// Ranges of days, as `YYYY-MM-DD`.
import type { DayRange, Granularity } from "mes-compute";

import { FACTS } from "../contract/facts";

const DAY_MS = 86_400_000;

/** ms since 1970 of a date, undefined for what is none. */
function moment(date: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) return undefined;
  const ms = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== date ? undefined : ms;
}

export const isDate = (text: string) => moment(text) !== undefined;

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

/** As many days, which end where the range begins. */
export function previousRange({ startDate, endDate }: DayRange): DayRange {
  return { startDate: shifted(startDate, -1 - daysBetween(startDate, endDate)), endDate: shifted(startDate, -1) };
}

/** The period of a day, as the core names it: a week by its Monday, `YYYY-MM`, or `YYYY`. */
function periodOf(day: string, granularity: Granularity): string {
  if (granularity === "week") return shifted(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
  return day.slice(0, { day: 10, month: 7, year: 4 }[granularity]);
}

/** Every period of a range, also those without data: a true time axis. */
export function periodsOf({ startDate, endDate }: DayRange, granularity: Granularity): string[] {
  const days = Array.from({ length: daysBetween(startDate, endDate) + 1 }, (_, day) => shifted(startDate, day));
  return [...new Set(days.map((day) => periodOf(day, granularity)))];
}

/** The days of a range that lie in a period. */
export function daysOfPeriod(range: DayRange, period: string, granularity: Granularity): DayRange {
  const days = periodsOf(range, "day").filter((day) => periodOf(day, granularity) === period);
  return { startDate: days[0] ?? range.startDate, endDate: days.at(-1) ?? range.endDate };
}
