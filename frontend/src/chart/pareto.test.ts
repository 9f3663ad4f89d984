import { describe, expect, it } from "vitest";

import { palette } from "../testPalette";
import { paretoOption, short } from "./pareto";

const bars = [
  { reason: "a", lots: 2, qty: 300, cumulativePct: 75 },
  { reason: "b", lots: 1, qty: 100, cumulativePct: 100 },
];

describe("the Pareto chart", () => {
  it("shows the core's figures as they are", () => {
    const option = paretoOption(bars, palette, "#111", { qty: "pcs", cumulative: "%" });
    expect(option.xAxis.data).toEqual(["a", "b"]);
    expect(option.series.map((series) => series.data)).toEqual([
      [300, 100],
      [75, 100],
    ]);
  });
  it("keeps axis labels short", () => {
    expect(short(1_234_567)).toBe("1.2M");
  });
});
