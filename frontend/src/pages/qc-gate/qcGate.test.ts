import type { QcGate, QcGateLot, WaitRange } from "mes-compute";
import { describe, expect, it } from "vitest";

import { lotsIn, qcGateCodec, waited } from "./qcGate";

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

describe("the QC gate page", () => {
  it("lists the lots of the class that is chosen, and all without one", () => {
    const gate: QcGate = { classes: [], lots: [lot("A", ">24h"), lot("B", "<6h"), lot("C", "<6h")], sysDate: null };
    expect(lotsIn(gate, "<6h").map((one) => one.lotId)).toEqual(["B", "C"]);
    expect(lotsIn(gate, undefined)).toHaveLength(3);
  });

  it("keeps its choices in the address and ignores what is none", () => {
    expect(qcGateCodec.read({ range: ">24h", include_dummy: "true" })).toEqual({ range: ">24h", dummy: true });
    expect(qcGateCodec.read({ range: "soon" })).toEqual({ range: undefined, dummy: false });
    expect(qcGateCodec.write({ range: "<6h", dummy: false })).toEqual({ range: "<6h", include_dummy: undefined });
  });

  it("shows a wait in hours and minutes", () => {
    expect(waited(0)).toBe("0 h 00 min");
    expect(waited(27 * 3600 + 5 * 60 + 59)).toBe("27 h 05 min");
  });
});
