// Numbers for people. Nothing is computed here: values come from the core.

/** Keeps the place of a text that is not there yet. */
export const BLANK = "\u00a0";

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** `1,234,567`. Pages have thousands of them: small whole numbers don't go through `Intl`, which takes several times as long. */
export function count(value: number): string {
  if (!Number.isInteger(value) || value < 0 || value >= 1e6) return whole.format(value);
  if (value < 1000) return String(value);
  return `${Math.floor(value / 1000)},${String(value % 1000).padStart(3, "0")}`;
}

const tenths = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** `1,234.5` */
export function hours(value: number): string {
  return tenths.format(value);
}

const short = new Intl.NumberFormat("en-US", { notation: "compact", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const tenthsOf = (value: number, unit: number, sign: string) => `${(Math.round(value / (unit / 10)) / 10).toFixed(1)}${sign}`;

/** `1.2M`. A matrix has hundreds of them: whole numbers don't go through `Intl`, which takes several times as long. */
export function compact(value: number): string {
  if (!Number.isInteger(value) || value < 0) return Math.abs(value) < 1000 ? whole.format(value) : short.format(value);
  if (value < 1000) return String(value);
  if (value < 999_950) return tenthsOf(value, 1e3, "K");
  return value < 999_950_000 ? tenthsOf(value, 1e6, "M") : short.format(value);
}

const changes = new Intl.NumberFormat("en-US", { minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: "exceptZero" });

/** `+1.5`; a dash stands only for "no data". */
export function change(value: number | null): string {
  return value === null ? "–" : changes.format(value);
}

/** What the first value has more than the second, in tenths as both are; null where one is missing. */
export function difference(value: number | null | undefined, other: number | null | undefined): number | null {
  if (value === null || value === undefined || other === null || other === undefined) return null;
  return (Math.round(value * 10) - Math.round(other * 10)) / 10;
}

/** `62.0 %`; a dash stands only for "no data". */
export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${value.toFixed(1)}%`;
}

/** A share as the core rounded it; a dash stands only for "no data". */
export function share(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${value}%`;
}

/** Text of a cell; a dash stands for NULL. */
export function cell(value: string | number | null | undefined): string {
  return value === null || value === undefined || value === "" ? "–" : String(value);
}

/** A name that can be seen: a dash for one of blanks. */
export function label(name: string): string {
  return name.trim() === "" ? "–" : name;
}

/** `2026-11-20T08:00:05` as `11-20 08:00` */
export function shortTime(value: string | null | undefined): string {
  return value ? value.replace("T", " ").slice(5, 16) : "–";
}

/** `12 ms`, with tenths below 10; a dash stands only for "no data". */
export function milliseconds(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
}

/** `1.2 MiB` */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  return value < 1024 * 1024 ? `${(value / 1024).toFixed(0)} KiB` : `${(value / 1024 / 1024).toFixed(1)} MiB`;
}

/** Seconds as `27 h 05 min`. */
export function waited(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** Seconds from one moment of the plant to another, `YYYY-MM-DD HH:MM:SS`; undefined where one is missing. */
export function elapsedSecs(from: string | null | undefined, to: string | null | undefined): number | undefined {
  const [start, end] = [from, to].map((moment) => Date.parse(`${(moment ?? "").replace(" ", "T")}Z`));
  return Number.isNaN(start! + end!) ? undefined : Math.max(0, Math.round((end! - start!) / 1_000));
}

/** `HH:MM:SS` of a moment (ms since 1970) where the reader is. */
export function clock(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 8);
}

/** `YYYY-MM-DD HH:MM:SS` of a moment (ms since 1970) where the reader is. */
export function localTime(ms: number): string {
  return new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace("T", " ");
}

/** Largest unit of a time span in ms that is not 0, for `Intl.RelativeTimeFormat`. */
export function age(ms: number, language: string): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: "always", style: "short" });
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return format.format(-seconds, "second");
  if (seconds < 3600) return format.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86_400) return format.format(-Math.floor(seconds / 3600), "hour");
  return format.format(-Math.floor(seconds / 86_400), "day");
}
