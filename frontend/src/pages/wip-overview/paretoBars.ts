// Hold reasons of an overview as bars of a Pareto chart.
import type { ParetoBar, ParetoColumns } from "mes-compute";

/** Bars in their order; `names` are the reasons by code. */
export function paretoBars(columns: ParetoColumns, names: readonly string[]): ParetoBar[] {
  return Array.from(columns.reasons, (code, at) => ({
    reason: names[code] ?? "",
    lots: columns.lots[at] ?? 0,
    qty: columns.qty[at] ?? 0,
    cumulativePct: columns.cumulativePct[at] ?? 0,
  }));
}
