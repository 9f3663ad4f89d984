import { describe, expect, it } from "vitest";

import { palette } from "../testPalette";
import { escaped } from "./escape";
import { comparisonOption, heatmapOption } from "./history";
import { MOST_BARS, paretoOption } from "./pareto";

const HOSTILE = `<img src=x onerror="alert('1')">&amp;`;
const SAFE = "&#60;img src=x onerror=&#34;alert(&#39;1&#39;)&#34;&#62;&#38;amp;";

describe("names in charts", () => {
  it("are text in the tips that are written here", () => {
    expect(escaped(HOSTILE)).toBe(SAFE);
    const heat = heatmapOption({ workcenters: [{ workcenter: HOSTILE, workcenter_seq: 1 }], dates: ["d1"], ou_pct: [[50]] }, palette);
    expect(heat.tooltip.formatter({ value: [0, 0, 50] })).toBe(`${SAFE}<br>d1: <b>50%</b>`);
    const group = { workcenter: HOSTILE, ou_pct: null, prd_hours: 1, machine_count: 2 } as never;
    expect(comparisonOption([group], palette, { ou: "OU", hours: "h", machines: "n" }).tooltip.formatter({ dataIndex: 0 })).toBe(
      `${SAFE}<br>OU <b>–</b><br>h 1<br>n 2`,
    );
  });
  it("are as many as can be told apart", () => {
    const bars = Array.from({ length: 5_000 }, (_, n) => ({ reason: `r${n}`, qty: 1, lots: 1, cumulativePct: 1 })) as never[];
    expect(paretoOption(bars, palette, "#111", { qty: "q", cumulative: "c" }).xAxis.data).toHaveLength(MOST_BARS);
  });
});
