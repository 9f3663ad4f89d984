// One hold reason: its figures, and the columns that its lots begin with.
import type { AgeRange, AgeShare, HoldQuery, HoldSummary, LotFilter, LotStore } from "mes-compute";

import type { Figure } from "../figures/figure";
import { compact, count } from "../figures/numbers";
import { fieldLabel } from "../words/fieldLabel";
import { i18n } from "../words/i18n";
import type { LotField } from "./lotList";
import "./words";

const { t } = i18n.global;

/** Classes of ages, youngest first. */
export const AGES: readonly AgeRange[] = ["0-1", "1-3", "3-7", "7+"];
export const ageName = (range: AgeRange) => t(`lot.ages.${range}`);

/** The reason and the filters of a page as the core takes them for the totals of a reason. */
export function holdQuery(filter: LotFilter, ageRange?: AgeRange): HoldQuery {
  return {
    reason: filter.reason ?? "",
    includeDummy: filter.includeDummy ?? false,
    filter,
    ...(ageRange && { ageRange }),
  };
}

/**
 * Of the lots of a reason those without an id, in words; empty for none. Lists of reasons and Pareto charts count
 * only lots that have one, as the replaced system does; the totals of a reason count all.
 */
export function withoutId(store: Pick<LotStore, "holds" | "holdSummary">, filter: LotFilter): string {
  const listed = store.holds(filter).items.filter(({ reason }) => reason === filter.reason);
  const n = store.holdSummary(holdQuery(filter)).totalLots - listed.reduce((sum, { lots }) => sum + lots, 0);
  return n > 0 ? t("lot.withoutId", { n: count(n) }) : "";
}

export function holdFigures({ totalLots, totalQty, avgAge, maxAge, workcenterCount }: HoldSummary): Figure[] {
  const figure = (key: keyof HoldSummary, value: string, unit?: string): Figure => ({
    key,
    label: fieldLabel("hold_summary", key),
    value,
    ...(unit && { unit }),
  });
  return [
    figure("totalLots", count(totalLots), t("common.lots")),
    { ...figure("totalQty", compact(totalQty), t("common.pcs")), hint: count(totalQty) },
    totalLots > 0 ? figure("avgAge", avgAge.toFixed(1), t("lot.days")) : figure("avgAge", "–"),
    totalLots > 0 ? figure("maxAge", maxAge.toFixed(2), t("lot.days")) : figure("maxAge", "–"),
    figure("workcenterCount", count(workcenterCount)),
  ];
}

/** Age classes as figures that filter. */
export function ageFigures(shares: readonly AgeShare[]): Figure[] {
  return shares.map(({ range, lots, qty, percentage }) => ({
    key: range,
    label: ageName(range),
    value: count(lots),
    unit: t("common.lots"),
    detail: `${compact(qty)} ${t("common.pcs")} · ${percentage.toFixed(1)}%`,
    hint: count(qty),
    share: percentage / 100,
  }));
}

export const HELD_FIELDS: readonly LotField[] = [
  "lotId",
  "ageByDays",
  "qty",
  "packageLef",
  "workcenterGroup",
  "spec",
  "holdEmp",
  "holdDept",
  "holdComment",
];
