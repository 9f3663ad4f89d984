// The QC gate page: its filters, its classes of waiting time, and its columns.
import type { QcGate, QcGateLot, QcGateQuery, WaitRange } from "mes-compute";

import type { Figure } from "../../figures/figure";
import { compact, count } from "../../figures/numbers";
import { dataLink } from "../../filters/dataLink";
import { choiceFilter, filterSet, type StateOf, toggleFilter } from "../../filters/filterSet";
import { type Column, fieldColumn } from "../../table/column";
import { lotPage } from "../../who/subjects";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

/** Classes of waiting time, shortest first. */
const WAIT_RANGES: readonly WaitRange[] = ["<6h", "6-12h", "12-24h", ">24h"];
const rangeName = (range: WaitRange) => t(`gate.range.${range}`);

export const gateFilters = filterSet<QcGateQuery>()({
  dummy: toggleFilter({ url: "include_dummy", core: "includeDummy", label: () => t("filter.dummy") }),
  range: choiceFilter({
    url: "range",
    label: () => fieldLabel("qc_gate", "range"),
    values: WAIT_RANGES,
    textOf: rangeName,
    isHidden: true,
  }),
});

/** The same lots by the API; it knows no class. */
export function gateLink(state: StateOf<(typeof gateFilters)["filters"]>): string | undefined {
  return dataLink("/api/wip/qc-gate", ["include_dummy"], gateFilters, state);
}

export function classFigures(gate: QcGate): Figure[] {
  return gate.classes.map(({ range, lots, qty }) => ({
    key: range,
    label: rangeName(range),
    value: count(lots),
    unit: t("common.lots"),
    detail: `${compact(qty)} ${t("common.pcs")}`,
    hint: count(qty),
  }));
}

/** The lots of a class, or all of them, longest wait first. */
export function lotsIn(gate: QcGate, range: WaitRange | undefined): QcGateLot[] {
  return range === undefined ? gate.lots : gate.lots.filter((lot) => lot.range === range);
}

export function lotColumns(): Column<QcGateLot>[] {
  const column = (key: keyof QcGateLot, width: number) => fieldColumn<QcGateLot>("qc_gate", key, { width });
  return [
    { ...column("lotId", 185), to: ({ lotId }) => lotPage(lotId) },
    column("waitSecs", 110),
    column("since", 130),
    column("wipStatus", 80),
    column("qty", 80),
    column("package", 120),
    column("workcenter", 120),
    column("spec", 160),
  ];
}
