import { expect, it } from "vitest";

import { paretoBars } from "./paretoBars";

it("names reasons by their code, in the order of the core", () => {
  const columns = {
    reasons: Uint32Array.of(2, 0),
    lots: Uint32Array.of(5, 1),
    qty: Float64Array.of(500, 20),
    cumulativePct: Float64Array.of(96.15, 100),
  };
  expect(paretoBars(columns, ["QC", "x", "Engineering"])).toEqual([
    { reason: "Engineering", lots: 5, qty: 500, cumulativePct: 96.15 },
    { reason: "QC", lots: 1, qty: 20, cumulativePct: 100 },
  ]);
});
