// The report of `GET /api/data-quality`, and what a reader wants to see of it.
import type { LocationQuery } from "vue-router";

import { one, oneOf, type UrlCodec } from "../../filters/urlState";

export const EFFECTS = ["cell_missing", "row_left_out", "suspect", "repaired"] as const;
export type Effect = (typeof EFFECTS)[number];
export type Level = "ok" | "notice" | "warning";
type Wording = { "zh-TW": string; en: string };

export interface Finding {
  reason: string;
  effect: Effect;
  /** Whether a site rule asks for it. */
  expected: boolean;
  /** Empty where the whole row is meant. */
  column: string;
  count: number;
  sample_key: string | null;
  sample_value: string | null;
  label: Wording;
  advice: Wording;
}

export interface Alert {
  name: string;
  column?: string;
  /** Shares of the rows, 0 to 1. */
  measured: number;
  threshold: number;
}

export interface DatasetQuality {
  dataset: string;
  table: string;
  first_day: string | null;
  last_day: string | null;
  read_at: string | null;
  rows_read: number;
  rows_kept: number;
  level: Level;
  cases: number;
  alerts: Alert[];
  findings: Finding[];
}

export interface Report {
  level: Level;
  cases: number;
  datasets: DatasetQuality[];
}

export interface QualityState {
  effect: Effect | undefined;
  dataset: string;
}

export const qualityCodec: UrlCodec<QualityState> = {
  read: (query: LocationQuery) => ({ effect: oneOf(query, "effect", EFFECTS), dataset: one(query, "dataset") }),
  write: (state) => ({ effect: state.effect, dataset: state.dataset }),
};

const GRAVITY: Record<Effect, number> = { row_left_out: 0, cell_missing: 1, suspect: 2, repaired: 3 };

/** The findings of a dataset: defects before what site rules ask for, the gravest and most frequent first. */
export function findingsOf(quality: DatasetQuality, effect: Effect | undefined): Finding[] {
  return quality.findings
    .filter((finding) => effect === undefined || finding.effect === effect)
    .sort((a, b) => Number(a.expected) - Number(b.expected) || (GRAVITY[a.effect] ?? 9) - (GRAVITY[b.effect] ?? 9) || b.count - a.count);
}

/** Cases by effect over all datasets that are shown. */
export function casesByEffect(datasets: readonly DatasetQuality[]): Record<Effect, number> {
  const cases = { cell_missing: 0, row_left_out: 0, suspect: 0, repaired: 0 };
  for (const { findings } of datasets) for (const { effect, count } of findings) if (effect in cases) cases[effect] += count;
  return cases;
}

/** A share of the rows as a percentage that is not 0 for a single row. */
export function shareOf(rows: number, all: number): string {
  if (all === 0) return "–";
  const share = (100 * rows) / all;
  return share > 0 && share < 0.1 ? "< 0.1%" : `${share.toFixed(1)}%`;
}
