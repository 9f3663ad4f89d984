// @vitest-environment happy-dom
import type { HeldGroup, HoldOverview } from "mes-compute";
import { describe, expect, it } from "vitest";

import {
  ageFigures,
  areaKey,
  areas,
  exportQuestion,
  holdFilters,
  lotColumns,
  meaningOf,
  orderOf,
  treeTable,
  typeFigures,
} from "./holdOverview";

const { codec, query } = holdFilters;
const groups: HeldGroup[] = [
  { workcenter: "焊接_DB", lots: 3, qty: 300, avgAge: 2.5, reasons: [{ reason: "a, b", lots: 3, qty: 300, avgAge: 2.5 }] },
  { workcenter: null, lots: 1, qty: 0, avgAge: 0, reasons: [{ reason: null, lots: 1, qty: 0, avgAge: 0 }] },
];

describe("the hold overview's address", () => {
  const address = {
    hold_type: "non-quality",
    reason: ["a, b", "c"],
    department: ["QA"],
    age_range: "7+",
    workcenter: ["焊接_DB"],
    package: ["SOT-23"],
    include_dummy: "true",
    packages: "all",
    sort: "-qty",
  };

  it("comes back as it was written, and is the query of the core", () => {
    expect(codec.write(codec.read(address))).toEqual(address);
    expect(query(codec.read(address))).toEqual({
      holdType: "non-quality",
      reasons: ["a, b", "c"],
      departments: ["QA"],
      ageRange: "7+",
      workcenters: ["焊接_DB"],
      packages: ["SOT-23"],
      includeDummy: true,
    });
  });

  it("ignores values that there are none of", () => {
    expect(query(codec.read({ hold_type: "x", age_range: "9", sort: "waist" }))).toEqual({});
    expect(codec.read({ sort: "waist" }).sort).toBeUndefined();
    expect(codec.read({ sort: "age" }).sort).toEqual({ key: "age", descending: false });
  });

  it("is what the export asks for", () => {
    const state = codec.read(address);
    const question = exportQuestion(query(state));
    expect(question).toMatchObject({ hold_type: "non-quality", reason: ["a, b", "c"], department: ["QA"], age_range: "7+" });
    expect(question).toMatchObject({ workcenter: ["焊接_DB"], package: ["SOT-23"], include_dummy: true });
    expect(orderOf(state.sort)).toEqual({ sort: "qty", descending: true });
    expect(JSON.stringify(exportQuestion({}))).toBe("{}");
  });
});

describe("the hold overview", () => {
  it("filters by what an area stands for, and by nothing where lots lack it", () => {
    const [first, second] = groups as [HeldGroup, HeldGroup];
    const meaning = (...area: Parameters<typeof areaKey>) => meaningOf(areaKey(...area), groups);
    expect(areaKey(first, first.reasons[0])).toBe("焊接_DB → a, b");
    expect(meaning(first, first.reasons[0])).toEqual({ workcenters: ["焊接_DB"], reasons: ["a, b"] });
    expect(meaning(first)).toEqual({ workcenters: ["焊接_DB"] });
    expect([meaning(second), meaning(second, second.reasons[0]), meaningOf("", groups)]).toEqual([{}, {}, {}]);
  });

  it("shows every lot of the tree, as areas and as a table", () => {
    expect(areas(groups)).toMatchObject([
      { name: "焊接_DB", size: 3, heat: 2.5, parts: [{ name: "a, b", size: 3 }] },
      { name: "holds.noGroup", size: 1, parts: [{ name: "holds.noReason", size: 1 }] },
    ]);
    expect(treeTable(groups).rows.map((row) => row.slice(0, 2))).toEqual([
      ["焊接_DB", "a, b"],
      ["holds.noGroup", "holds.noReason"],
    ]);
  });

  it("shows each hold type and age class as its part of all", () => {
    const facets = {
      holdType: [
        { holdType: "quality", lots: 3, qty: 12_345 },
        { holdType: "non-quality", lots: 1, qty: 5 },
      ],
      ageRange: [{ ageRange: "0-1", lots: 0, qty: 0 }],
    };
    const found = { facets } as unknown as HoldOverview;
    expect(typeFigures(found)).toMatchObject([
      { key: "quality", value: "3", share: 0.75, hint: "12,345" },
      { key: "non-quality", share: 0.25 },
    ]);
    expect(ageFigures(found)).toMatchObject([{ key: "0-1", value: "0", share: 0 }]);
  });

  it("has a column for every order that the core knows", () => {
    const keys = lotColumns().map(({ key }) => key);
    expect(keys[0]).toBe("lotId");
    expect(keys.map((key) => codec.read({ sort: key }).sort?.key)).toEqual(keys);
  });
});
