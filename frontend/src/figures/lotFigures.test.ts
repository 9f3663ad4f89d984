// @vitest-environment happy-dom
import type { Summary } from "mes-compute";
import { expect, it } from "vitest";

import { LOT_STATES, lotFigures } from "./lotFigures";
import { BLANK } from "./numbers";

const totals = (lots: number) => ({ lots, qtyPcs: lots * 1_000 });
const summary: Summary = {
  totalLots: 10,
  totalQtyPcs: 10_000,
  byWipStatus: { run: totals(5), queue: totals(2), hold: totals(3), qualityHold: totals(1), nonQualityHold: totals(2) },
  dataUpdateDate: null,
};

it("shows the core's numbers and their share of all lots", () => {
  expect(lotFigures(summary).map(({ key, value, share }) => [key, value, share])).toEqual([
    ["total", "10", 1],
    ["run", "5", 0.5],
    ["queue", "2", 0.2],
    ["quality", "1", 0.1],
    ["nonQuality", "2", 0.2],
  ]);
  expect(lotFigures({ ...summary, totalLots: 0 })[1]?.share).toBe(0);
});

it("keeps the place of figures that have no number yet", () => {
  const keys = lotFigures(undefined).map(({ key }) => key);
  expect(keys).toEqual(["total", ...Object.keys(LOT_STATES)]);
  expect(lotFigures(undefined).every(({ value, share }) => value === BLANK && share === 0)).toBe(true);
});
