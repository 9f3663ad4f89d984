// @vitest-environment happy-dom
import type { HoldBar, HoldHistoryOverview } from "mes-compute";
import { describe, expect, it } from "vitest";

import type { Palette } from "../../theme/palette";
import { trendOption } from "./charts";
import {
  barChange,
  barName,
  choicesOf,
  classFigures,
  coreFilter,
  holdHistoryFilters,
  hoursFigures,
  orderOf,
  recordColumns,
  recordsLink,
  totalFigures,
  trendTable,
} from "./holdHistory";

const { codec, query } = holdHistoryFilters;
const range = { startDate: "2026-11-01", endDate: "2026-11-02" };
const colours = new Proxy({}, { get: (_, name) => String(name) }) as Palette;

const counts = (quality: number, nonQuality: number) => ({
  all: { lots: quality + nonQuality, qty: 10 },
  quality: { lots: quality, qty: 6 },
  nonQuality: { lots: nonQuality, qty: 4 },
});
const bars: HoldBar[] = [
  { name: "a, b", holds: 3, qty: 30, repeats: 1, meanHours: 2, cumulativePct: 75 },
  { name: null, holds: 1, qty: 5, repeats: 0, meanHours: 0, cumulativePct: 100 },
];
const none = { holds: 0, meanHours: null, medianHours: null, longestHours: null };
const found = {
  trend: ["2026-11-01", "2026-11-02"].map((date) => ({
    date,
    new: counts(2, 1),
    released: counts(0, 1),
    held: counts(4, 2),
    repeats: 1,
  })),
  new: counts(4, 2),
  released: counts(0, 2),
  held: counts(4, 2),
  repeats: 2,
  averages: { newLots: 3, newQty: 5, releasedLots: 1, releasedQty: 2, heldLots: 6, heldQty: 9 },
  releasedHours: { holds: 2, meanHours: 3.5, medianHours: 3, longestHours: 4 },
  heldHours: none,
  durations: [
    { duration: "<4h", released: 2, held: 1 },
    { duration: ">3d", released: 0, held: 0 },
  ],
  reasons: bars,
} as unknown as HoldHistoryOverview;

describe("the hold history's address", () => {
  const address = {
    start_date: "2026-11-01",
    end_date: "2026-11-02",
    hold_type: "quality",
    reason: ["a, b"],
    kind: "released",
    duration: "<4h",
    text: "LOT",
    repeats_only: "true",
    day: "2026-11-02",
    sort: "-hours",
  };

  it("comes back as it was written, and is the query of the core", () => {
    const state = codec.read(address);
    expect(codec.write(state)).toEqual({ ...address, workcenter: [], package: [], department: [] });
    expect(coreFilter(state, query(state), range)).toEqual({
      holdType: "quality",
      reasons: ["a, b"],
      kind: "released",
      text: "LOT",
      repeatsOnly: true,
      durations: ["<4h"],
      day: "2026-11-02",
    });
  });

  it("ignores a day outside of the range, and what is none", () => {
    const state = codec.read({ day: "2026-12-01", kind: "x", duration: "9", sort: "waist" });
    expect(coreFilter(state, query(state), range)).toEqual({});
    expect(codec.read({ day: "soon" }).day).toBe("");
  });

  it("is what the API takes", () => {
    const link = recordsLink(codec.read({ reason: "a, b", day: "2026-11-02" }), range);
    expect(link).toContain("/api/hold-history/records?");
    expect(link).toContain("start_date=2026-11-01&end_date=2026-11-02");
  });

  it("has a column for every order that the core knows", () => {
    const keys = recordColumns().map(({ key }) => key);
    expect(keys.map((key) => orderOf(codec.read({ sort: key }).sort)?.sort)).toEqual(keys);
  });
});

describe("the hold history", () => {
  it("shows sums with their means, and a dash for hours that there are none of", () => {
    expect(totalFigures(found).map(({ key, value }) => [key, value])).toEqual([
      ["new", "6"],
      ["released", "2"],
      ["held", "6"],
      ["repeats", "2"],
    ]);
    expect(hoursFigures(found)).toMatchObject([{ value: "3.5" }, { value: "–" }]);
    expect(classFigures(found)).toMatchObject([
      { key: "<4h", value: "3", share: 1 },
      { key: ">3d", value: "0", share: 0 },
    ]);
  });

  it("filters by a bar, takes it back, and leaves out what has no name", () => {
    const state = codec.read({});
    expect(barChange("reasons", bars, "a, b", state)).toEqual({ reasons: ["a, b"] });
    expect(barChange("reasons", bars, "a, b", codec.read({ reason: "a, b" }))).toEqual({ reasons: [] });
    expect(barChange("reasons", bars, barName(bars[1]!), state)).toEqual({});
    expect(choicesOf(() => found).reasons()).toEqual([{ name: "a, b", count: 3 }]);
  });

  it("draws every day with both hold types, and marks the chosen one", () => {
    const type = { quality: "q", nonQuality: "n" };
    const { series, xAxis } = trendOption(found.trend, colours, { new: type, released: type, held: "h", moved: "m" }, "2026-11-02");
    expect(xAxis.data).toEqual(["2026-11-01", "2026-11-02"]);
    expect(series.map(({ data }) => data.map((one) => (typeof one === "number" ? one : one.value)))).toEqual([
      [2, 2],
      [1, 1],
      [0, 0],
      [1, 1],
      [6, 6],
    ]);
    expect(series[0]!.data).toMatchObject([{ itemStyle: { opacity: 0.35 } }, { itemStyle: { opacity: 0.85 } }]);
    expect(trendTable(found).rows[0]).toEqual(["2026-11-01", 2, 1, 0, 1, 4, 2, 1]);
  });
});
