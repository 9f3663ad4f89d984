// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";

import {
  casesByEffect,
  datasetName,
  type DatasetQuality,
  effectFigures,
  EFFECTS,
  type Finding,
  findingColumns,
  findingsOf,
  qualityFilters,
  shareOf,
} from "./dataQuality";
import { en, zhTW } from "./words";

const finding = (effect: Finding["effect"], count: number, expected = false): Finding => ({
  reason: "unreadable",
  effect,
  expected,
  column: "QTY",
  count,
  sample_key: null,
  sample_value: null,
  label: { "zh-TW": "", en: "" },
  advice: { "zh-TW": "", en: "" },
});
const quality = {
  dataset: "wip",
  findings: [
    finding("repaired", 900),
    finding("row_left_out", 500, true),
    finding("cell_missing", 2),
    finding("suspect", 7),
    finding("cell_missing", 5),
  ],
} as DatasetQuality;

describe("the report on data", () => {
  it("shows defects before what site rules ask for, the gravest first", () => {
    expect(findingsOf(quality, undefined).map(({ effect, count }) => `${effect} ${count}`)).toEqual([
      "cell_missing 5",
      "cell_missing 2",
      "suspect 7",
      "repaired 900",
      "row_left_out 500",
    ]);
    expect(findingsOf(quality, "suspect")).toHaveLength(1);
    expect(casesByEffect([quality, quality])).toEqual({ cell_missing: 14, row_left_out: 1_000, suspect: 14, repaired: 1_800 });
  });
  it("hides no single row behind a rounded share", () => {
    expect([shareOf(0, 9_000), shareOf(1, 9_000), shareOf(900, 9_000), shareOf(0, 0)]).toEqual(["0.0%", "< 0.1%", "10.0%", "–"]);
  });
  it("is found again by its address", () => {
    const { codec } = qualityFilters;
    const state = { effect: "suspect", dataset: "wip" } as const;
    expect(codec.read(codec.write(state) as never)).toEqual(state);
    expect(codec.read({ effect: "<script>" })).toEqual({ effect: undefined, dataset: "" });
  });
  it("shows every effect as a figure, and a sample with and without its key", () => {
    expect(effectFigures([quality]).map(({ key, value }) => `${key} ${value}`)).toEqual([
      "cell_missing 7",
      "row_left_out 500",
      "suspect 7",
      "repaired 900",
    ]);
    const sample = findingColumns(10).find(({ key }) => key === "sample")!.value;
    const found = finding("suspect", 1);
    expect([sample(found), sample({ ...found, sample_value: "x" })]).toEqual([null, "x"]);
    expect(datasetName("unheard_of")).toBe("unheard_of");
  });
  it("has words for every effect in both languages", () => {
    for (const words of [en, zhTW]) for (const effect of EFFECTS) expect(words.effect[effect]).not.toBe("");
  });
});
