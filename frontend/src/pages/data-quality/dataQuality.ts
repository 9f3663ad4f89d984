// The data quality page: the report of `GET /api/data-quality`, its filters, figures and columns.
import type { Schemas } from "../../contract/api";
import type { Figure } from "../../figures/figure";
import type { Level as ColourLevel } from "../../figures/levels";
import { count } from "../../figures/numbers";
import { choiceFilter, filterSet, viewText } from "../../filters/filterSet";
import type { Column } from "../../table/column";
import { language } from "../../theme/preferences";
import { i18n } from "../../words/i18n";

const { t, te } = i18n.global;

export type Effect = Schemas["Effect"];
export type Finding = Schemas["QualityFinding"];
export type DatasetQuality = Schemas["DatasetQuality"];

/** In the order of the figures. */
export const EFFECTS = ["cell_missing", "row_left_out", "suspect", "repaired"] as const satisfies Effect[];

const effectName = (effect: Effect) => t(`quality.effect.${effect}`);

export const qualityFilters = filterSet()({
  effect: choiceFilter({ url: "effect", label: () => t("quality.effects"), values: EFFECTS, textOf: effectName, isHidden: true }),
  /** The only dataset that is shown. */
  dataset: viewText("dataset"),
});

const COLOURS: Record<Schemas["Level"], ColourLevel> = { ok: "high", notice: "medium", warning: "low" };
export const colourLevel = (level: Schemas["Level"]): ColourLevel => COLOURS[level];

/** Name of a dataset; its key for one that this program does not know. */
export function datasetName(dataset: string): string {
  const key = `quality.dataset.${dataset}`;
  return te(key) ? t(key) : dataset;
}

const GRAVITY: Record<Effect, number> = { row_left_out: 0, cell_missing: 1, suspect: 2, repaired: 3 };

/** The findings of a dataset: defects before what site rules ask for, the gravest and most frequent first. */
export function findingsOf(quality: DatasetQuality, effect: Effect | undefined): Finding[] {
  return quality.findings
    .filter((finding) => effect === undefined || finding.effect === effect)
    .sort((a, b) => Number(a.expected) - Number(b.expected) || (GRAVITY[a.effect] ?? 9) - (GRAVITY[b.effect] ?? 9) || b.count - a.count);
}

/** Cases by effect, over all datasets that are shown. */
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

/** A share from 0 to 1. */
export function percentage(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

export function effectFigures(datasets: readonly DatasetQuality[]): Figure[] {
  const cases = casesByEffect(datasets);
  return EFFECTS.map((effect) => ({
    key: effect,
    label: effectName(effect),
    value: count(cases[effect]),
    detail: t(`quality.effectHint.${effect}`),
  }));
}

function sampleOf({ sample_key, sample_value }: Finding): string | null {
  if (sample_key === null || sample_value === null) return sample_key ?? sample_value;
  return t("quality.sampleOf", { key: sample_key, value: sample_value });
}

export function findingColumns(rowsRead: number): Column<Finding>[] {
  return [
    { key: "reason", label: t("quality.reason"), value: ({ label }) => label[language.value], width: 130 },
    {
      key: "column",
      label: t("quality.column"),
      value: ({ column }) => column,
      text: ({ column }) => column || t("quality.wholeRow"),
    },
    { key: "count", label: t("quality.count"), value: (finding) => finding.count, text: (finding) => count(finding.count), num: true },
    {
      key: "share",
      label: t("quality.share"),
      value: (finding) => finding.count,
      text: (finding) => shareOf(finding.count, rowsRead),
      num: true,
    },
    { key: "sample", label: t("quality.sample"), value: sampleOf, width: 240 },
    { key: "advice", label: t("quality.toDo"), value: ({ advice }) => advice[language.value], width: 260 },
  ];
}
