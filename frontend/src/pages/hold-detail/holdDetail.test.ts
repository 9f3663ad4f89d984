// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";

import { i18n } from "../../words/i18n";
import { hintOf, holdFilters, reasonColumns, reasonOptions, shareColumns, toggled } from "./holdDetail";
import * as words from "./words";

i18n.global.mergeLocaleMessage("en", { holdDetail: words.en });
i18n.global.locale.value = "en";

describe("the hold detail's address", () => {
  const { codec, query, cleared, chips } = holdFilters;
  const state = codec.read({ reason: "QC, <b>", workcenter: "TMTT", age_range: "7+", include_dummy: "true" });

  it("asks for the reason under every filter, and for the age apart", () => {
    expect(query(state)).toEqual({ reason: "QC, <b>", workcenters: ["TMTT"], includeDummy: true });
    expect(state.age).toBe("7+");
    expect(codec.read({ age_range: "old" }).age).toBeUndefined();
    expect(codec.read(codec.write(state) as never)).toEqual(state);
  });
  it("lists the oldest lots first until another order is chosen", () => {
    expect([state.sort, codec.write(state).sort]).toEqual([{ key: "ageByDays", descending: true }, undefined]);
    expect(codec.read({ sort: "none" }).sort).toBeUndefined();
  });
  it("keeps its reason when the filters are cleared, and blames it by name", () => {
    expect("reason" in cleared).toBe(false);
    expect(cleared).toMatchObject({ workcenters: [], age: undefined });
    expect(chips(state).map(({ key }) => key)).toEqual(["workcenters", "age"]);
    expect(holdFilters.named("reason")?.key).toBe("reason");
  });
});

it("offers the reasons of the data and the one that is open", () => {
  const holds = [{ reason: "QC", holdType: "quality" as const, lots: 1_200, qty: 1 }];
  const options = (chosen: string) => reasonOptions(holds, chosen).map(({ label }) => label);
  expect(options("")).toEqual(["Choose…", "QC · 1,200"]);
  expect(options("QC")).toEqual(options(""));
  expect(options("gone")).toEqual(["Choose…", "gone · 0", "QC · 1,200"]);
  expect(reasonColumns().map(({ key }) => key)).toEqual(["reason", "holdType", "lots", "qty"]);
});

it("says how many lots no row of a distribution has, and toggles a row", () => {
  const shares = [{ name: "TMTT", lots: 7, qty: 70, percentage: 70 }];
  expect(hintOf(shares, 10)).toMatch(/3 lots without one/);
  expect(hintOf(shares, 7)).not.toMatch(/without/);
  expect(shareColumns("Group")[3]!.text!(shares[0]!)).toBe("70.0%");
  expect([toggled(["a"], "b"), toggled(["a", "b"], "a")]).toEqual([["a", "b"], ["b"]]);
});
