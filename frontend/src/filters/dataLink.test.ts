// @vitest-environment happy-dom
import { expect, it } from "vitest";

import { dataLink } from "./dataLink";
import { daysFilter, filterSet, manyFilter, textFilter, toggleFilter, viewText } from "./filterSet";

const set = filterSet<{ packages: string[]; lotid: string; includeDummy: boolean; reason: string }>()({
  packages: manyFilter({ url: "package", core: "packages", label: () => "Package" }),
  lotid: textFilter({ url: "lotid", core: "lotid", label: () => "Lot ID" }),
  dummy: toggleFilter({ url: "include_dummy", core: "includeDummy", label: () => "With dummy lots" }),
  days: daysFilter({ label: () => "Days", presets: [7], usualDays: 7 }),
  reason: { ...viewText("reason"), core: "reason" as const, label: () => "Reason" },
  open: viewText("lot"),
});
const state = {
  packages: ["SOT-23 & co", "焊接"],
  lotid: "",
  dummy: true,
  days: { startDate: "", endDate: "" },
  reason: "",
  open: "GA26110001",
};
const NAMES = ["package", "include_dummy", "hold_type"] as const;

it("leads to the rows that the filters leave, whatever is open", () => {
  const link = dataLink("/api/snapshot/{dataset}", NAMES, set, state, { format: "csv" });
  expect(link).toMatch(/^\/api\/snapshot\/\{dataset\}\?/);
  const query = new URLSearchParams(link!.split("?")[1]);
  expect([...query]).toEqual([
    ["package", "SOT-23 & co"],
    ["package", "焊接"],
    ["include_dummy", "true"],
    ["format", "csv"],
  ]);
  expect(dataLink("/api/wip/qc-gate", ["include_dummy"], set, { ...state, packages: [], dummy: false })).toBe("/api/wip/qc-gate");
});

it("is none where the API lacks a filter that is in use, and where it is too long", () => {
  for (const more of [{ lotid: "A" }, { reason: "Scratch" }, { days: { startDate: "2026-01-01", endDate: "2026-01-02" } }])
    expect(dataLink("/api/snapshot/{dataset}", NAMES, set, { ...state, ...more })).toBeUndefined();
  const packages = Array.from({ length: 300 }, (_, n) => `Package ${n}`);
  expect(dataLink("/api/snapshot/{dataset}", NAMES, set, { ...state, packages })).toBeUndefined();
});

it("says filters in words, also those without a chip", () => {
  const said = set.words({ ...state, reason: "Scratch", days: { startDate: "2026-01-01", endDate: "2026-01-02" } });
  expect(said.map(({ label }) => label)).toEqual(["Package", "With dummy lots", "Days", "Reason"]);
  expect(said.map(({ value }) => value).filter((value) => value !== said[1]!.value)).toEqual([
    "SOT-23 & co, 焊接",
    "2026-01-01 – 2026-01-02",
    "Scratch",
  ]);
  expect(set.words({ ...state, packages: [], dummy: false })).toEqual([]);
});
