// The WIP detail page: its filters, its view, and the columns that it begins with.
import type { LotFilter } from "mes-compute";

import { fieldKeys } from "../../contract/fields";
import { count } from "../../figures/numbers";
import { filterSet, viewState, viewText } from "../../filters/filterSet";
import { one } from "../../filters/urlState";
import { lotFilters, stateFilters, withoutIdleHold } from "../../lots/lotFilters";
import type { LotField, LotList } from "../../lots/lotList";
import { sortState } from "../../table/sort";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

export const detailFilters = filterSet<LotFilter>()(
  {
    ...lotFilters,
    ...stateFilters,
    sort: sortState({ keys: () => fieldKeys("lot") }),
    /** Whether a lot's pieces stand under its spec. */
    bySpec: viewState<boolean>(
      true,
      (query) => one(query, "specs") !== "none",
      (bySpec) => ({ specs: bySpec ? undefined : "none" }),
    ),
    /** The lot that is open. */
    lot: viewText("lot"),
  },
  { settle: withoutIdleHold },
);

/** Columns until others are chosen. */
export const DETAIL_FIELDS: readonly LotField[] = [
  "lotId",
  "wipStatus",
  "qty",
  "spec",
  "equipment",
  "packageLef",
  "ageByDays",
  "holdReason",
];

/** What the list has, and what no column of a spec shows. */
export function totalsText({ totals, specs }: LotList, bySpec: boolean): string {
  const without = totals.lots - specs.reduce((sum, { lots }) => sum + lots, 0);
  const all = t("wipDetail.totals", { lots: count(totals.lots), qty: count(totals.qtyPcs) });
  return bySpec && without > 0 ? `${all} · ${t("wipDetail.noSpec", { n: count(without) })}` : all;
}
