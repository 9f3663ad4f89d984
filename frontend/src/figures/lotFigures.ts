// Lots by state as figures: the same on every page that shows them.
import type { HoldType, Summary, Totals, WipStatus } from "mes-compute";

import { fieldLabel } from "../words/fieldLabel";
import { i18n } from "../words/i18n";
import type { Figure } from "./figure";
import { BLANK, compact, count } from "./numbers";

const { t } = i18n.global;
const figureLabel = (key: keyof Summary | keyof Summary["byWipStatus"]) => fieldLabel("wip_summary", key);

export const holdName = (hold: HoldType) => figureLabel(hold === "quality" ? "qualityHold" : "nonQualityHold");

/** The lots that a figure counts; the total counts all. */
export const LOT_STATES: Readonly<Record<string, { status: WipStatus; hold: HoldType | undefined }>> = {
  run: { status: "RUN", hold: undefined },
  queue: { status: "QUEUE", hold: undefined },
  quality: { status: "HOLD", hold: "quality" },
  nonQuality: { status: "HOLD", hold: "non-quality" },
};

/** All lots, and those in each state; without numbers before there are any. */
export function lotFigures(summary: Summary | undefined): Figure[] {
  const all = summary && { lots: summary.totalLots, qtyPcs: summary.totalQtyPcs };
  const by = summary?.byWipStatus;
  const figure = (key: string, letter: string, colour: string, label: string, totals: Totals | undefined): Figure => ({
    key,
    letter,
    colour: `var(--${colour})`,
    label,
    value: totals ? count(totals.lots) : BLANK,
    detail: totals ? `${compact(totals.qtyPcs)} ${t("common.pcs")}` : BLANK,
    ...(totals && { unit: t("common.lots"), hint: count(totals.qtyPcs) }),
    share: totals && all?.lots ? totals.lots / all.lots : 0,
  });
  return [
    figure("total", "Σ", "text-2", figureLabel("totalLots"), all),
    figure("run", "R", "run", figureLabel("run"), by?.run),
    figure("queue", "Q", "queue", figureLabel("queue"), by?.queue),
    figure("quality", "H", "quality", holdName("quality"), by?.qualityHold),
    figure("nonQuality", "N", "nonquality", holdName("non-quality"), by?.nonQualityHold),
  ];
}
