// The state of the QC gate page as its address, and what it shows of the core's answer.
import type { QcGate, QcGateLot, WaitRange } from "mes-compute";

import { one, oneOf, type UrlCodec } from "../../filters/urlState";

/** Classes of waiting time, shortest first. */
export const WAIT_RANGES: readonly WaitRange[] = ["<6h", "6-12h", "12-24h", ">24h"];

export interface QcGateState {
  range: WaitRange | undefined;
  dummy: boolean;
}

export const qcGateCodec: UrlCodec<QcGateState> = {
  read: (query) => ({ range: oneOf(query, "range", WAIT_RANGES), dummy: one(query, "include_dummy") === "true" }),
  write: (state) => ({ range: state.range, include_dummy: state.dummy ? "true" : undefined }),
};

/** The lots of a class, or all of them, longest wait first. */
export function lotsIn(gate: QcGate, range: WaitRange | undefined): QcGateLot[] {
  return range === undefined ? gate.lots : gate.lots.filter((lot) => lot.range === range);
}

/** `27 h 05 min` */
export function waited(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
