import { describe, expect, it } from "vitest";

import { palette } from "../testPalette";
import {
  comparedTrendOption,
  comparedTrendTable,
  comparisonOption,
  heatmapCells,
  heatmapOption,
  heatmapTable,
  ouTrendOption,
  scaleOf,
  trendOption,
  withAllDays,
} from "./history";

const names = { prd: "PRD", sby: "SBY", udt: "UDT", sdt: "SDT", egt: "EGT", nst: "NST", ou: "OU %" };

describe("charts of the hours", () => {
  it("shows the shares of the core as they are", () => {
    const point = { date: "2026-11-01", ou_pct: 70, prd_pct: 60, sby_pct: 10, udt_pct: 10, sdt_pct: 5, egt_pct: 5, nst_pct: 10 };
    const option = trendOption([point as never], ["2026-10-31", "2026-11-01"], palette, names);
    expect(option.xAxis.data).toEqual(["2026-10-31", "2026-11-01"]);
    expect(option.series.map((series) => series.data)).toEqual([60, 10, 10, 5, 5, 10, 70].map((pct) => [null, pct]));
  });
  it("leaves cells without hours empty and keeps 0 %", () => {
    const workcenters = [
      { workcenter: "a", workcenter_seq: 1 },
      { workcenter: "b", workcenter_seq: 2 },
    ];
    const option = heatmapOption(
      {
        workcenters,
        dates: ["d1", "d2"],
        ou_pct: [
          [0, null],
          [50, 60],
        ],
      },
      palette,
    );
    expect(option.yAxis.data).toEqual(["b", "a"]);
    expect(option.series[0]!.data).toEqual([
      [0, 1, 0],
      [0, 0, 50],
      [1, 0, 60],
    ]);
  });
  it("compares two trends, each on its own axis with gaps where it has no hours", () => {
    const both = [
      { name: "now", periods: ["d3", "d4"], trend: [{ date: "d4", ou_pct: 60 }] },
      {
        name: "before",
        periods: ["d1", "d2", "d3"],
        trend: [
          { date: "d1", ou_pct: 0 },
          { date: "d2", ou_pct: null },
        ],
      },
    ] as const;
    const option = comparedTrendOption(both, palette);
    expect(option.xAxis.map(({ position, data }) => [position, data])).toEqual([
      ["bottom", ["d3", "d4"]],
      ["top", ["d1", "d2", "d3"]],
    ]);
    expect(option.series.map(({ xAxisIndex, data }) => [xAxisIndex, data])).toEqual([
      [0, [null, 60]],
      [1, [0, null, null]],
    ]);
    expect(comparedTrendTable(both, "Period").rows).toEqual([
      ["d3", null, "d1", 0],
      ["d4", 60, "d2", null],
      [null, null, "d3", null],
    ]);
  });
  it("knows the group and period of each cell, and has them as a table", () => {
    const heatmap = {
      workcenters: [
        { workcenter: "甲", workcenter_seq: 1 },
        { workcenter: "乙", workcenter_seq: 2 },
      ],
      dates: ["d1", "d3"],
      ou_pct: [
        [80, null],
        [10, 20],
      ],
    };
    expect(heatmapCells(heatmapOption(heatmap, palette))).toEqual([
      { group: "甲", date: "d1" },
      { group: "乙", date: "d1" },
      { group: "乙", date: "d3" },
    ]);
    expect(heatmapTable(heatmap, "Group")).toEqual({
      head: ["Group", "d1", "d3"],
      rows: [
        ["甲", 80, null],
        ["乙", 10, 20],
      ],
    });
    expect(withAllDays(heatmap, ["d1", "d2", "d3"])).toMatchObject({
      dates: ["d1", "d2", "d3"],
      ou_pct: [
        [80, null, null],
        [10, null, 20],
      ],
    });
  });
  it("has a gap where a day has no hours, and keeps 0 %", () => {
    const option = ouTrendOption(
      [
        { date: "d1", ou_pct: 0 },
        { date: "d3", ou_pct: 71.5 },
      ],
      ["d1", "d2", "d3"],
      palette,
      "OU %",
    );
    expect(option.xAxis.data).toEqual(["d1", "d2", "d3"]);
    expect(option.series[0]!.data).toEqual([0, null, 71.5]);
  });
  it("puts the best group on top", () => {
    const groups = [
      { workcenter: "best", ou_pct: 90, prd_hours: 1, machine_count: 1 },
      { workcenter: "last", ou_pct: 10, prd_hours: 1, machine_count: 1 },
    ];
    expect(comparisonOption(groups, palette, { ou: "OU", hours: "h", machines: "n" }).yAxis.data).toEqual(["last", "best"]);
  });
});

it.each([
  [[], [0, 100]],
  [
    [51.2, 73.9],
    [50, 80],
  ],
  [[60], [60, 70]],
  [[100], [90, 100]],
  [[0], [0, 10]],
  [Array.from({ length: 300_000 }, () => 55), [50, 60]],
])("the colours of the heatmap lie around its values", (values, ends) => {
  expect(scaleOf(values)).toEqual(ends);
});
