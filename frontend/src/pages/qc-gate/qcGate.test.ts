// @vitest-environment happy-dom
import type { QcGate, QcGateLot, WaitRange } from "mes-compute";
import { describe, expect, it } from "vitest";

import { classFigures, gateFilters, lotColumns, lotsIn } from "./qcGate";

const lot = (lotId: string, range: WaitRange): QcGateLot => ({
  lotId,
  range,
  qty: 1,
  package: null,
  workcenter: null,
  spec: null,
  wipStatus: "QUEUE",
  since: "2026-11-20 08:00:00",
  waitSecs: 60,
});
const gate: QcGate = {
  classes: [{ range: "<6h", lots: 2, qty: 12_345 }],
  lots: [lot("A", ">24h"), lot("B", "<6h"), lot("C", "<6h")],
  sysDate: null,
};

describe("the QC gate page", () => {
  it("lists the lots of the class that is chosen, and all without one", () => {
    expect(lotsIn(gate, "<6h").map((one) => one.lotId)).toEqual(["B", "C"]);
    expect(lotsIn(gate, undefined)).toHaveLength(3);
  });

  it("keeps its choices in the address and ignores what is none", () => {
    const { codec, query } = gateFilters;
    expect(codec.read({ range: ">24h", include_dummy: "true" })).toEqual({ range: ">24h", dummy: true });
    expect(codec.read({ range: "soon" })).toEqual({ range: undefined, dummy: false });
    expect(codec.write({ range: "<6h", dummy: false })).toEqual({ range: "<6h", include_dummy: undefined });
    expect([query({ range: "<6h", dummy: false }), query({ range: undefined, dummy: true })]).toEqual([{}, { includeDummy: true }]);
  });

  it("shows every class as a figure and every field as a column", () => {
    expect(classFigures(gate)).toMatchObject([{ key: "<6h", value: "2", hint: "12,345" }]);
    expect(lotColumns().map(({ key }) => key)).toEqual(["lotId", "waitSecs", "since", "wipStatus", "qty", "package", "workcenter", "spec"]);
  });
});
