// @vitest-environment happy-dom
import type { Summary } from "mes-compute";
import { describe, expect, it } from "vitest";

import contract from "../../../../compute-core/src/field_contract/fields.rs?raw";
import { chosenFigure, figuresOf, heldLotColumns, lotColumns, meaningOf, wipFilters } from "./wipOverview";

describe("the WIP overview's address", () => {
  const { codec, query: queryOf } = wipFilters;
  const query = {
    workorder: "GA26",
    package: ["SOT-23", "QFN"],
    status: "HOLD",
    hold_type: "quality",
    lots: "焊接_DB",
    of: "SOT-23",
    packages: "all",
  };

  it("comes back as it was written", () => {
    const written = codec.write(codec.read(query));
    expect(codec.write(codec.read(written as never))).toEqual(written);
    expect(written).toMatchObject(query);
  });
  it("ignores what is no status", () => {
    const state = codec.read({ status: "BROKEN", hold_type: "x" });
    expect(state.status).toBeUndefined();
    expect(queryOf(state)).toEqual({});
  });
  it("gives the hold type to the core only with HOLD, and what is open never", () => {
    expect(queryOf(codec.read({ status: "RUN", hold_type: "quality" }))).toEqual({ status: "RUN" });
    expect(queryOf(codec.read(query))).toEqual({ workorder: "GA26", packages: ["SOT-23", "QFN"], status: "HOLD", holdType: "quality" });
  });
});

describe("the figures", () => {
  const totals = (lots: number) => ({ lots, qtyPcs: lots * 1_000 });
  const summary: Summary = {
    totalLots: 10,
    totalQtyPcs: 10_000,
    byWipStatus: { run: totals(5), queue: totals(2), hold: totals(3), qualityHold: totals(1), nonQualityHold: totals(2) },
    dataUpdateDate: null,
  };
  it("have the core's numbers and their share of all lots", () => {
    expect(figuresOf(summary).map(({ key, value, share }) => [key, value, share])).toEqual([
      ["total", "10", 1],
      ["run", "5", 0.5],
      ["queue", "2", 0.2],
      ["quality", "1", 0.1],
      ["nonQuality", "2", 0.2],
    ]);
    expect(figuresOf({ ...summary, totalLots: 0 })[1]?.share).toBe(0);
  });
  it("are chosen by what they filter", () => {
    for (const { key } of figuresOf(summary)) expect(chosenFigure(meaningOf(key))).toBe(key === "total" ? null : key);
    expect(chosenFigure({ status: "HOLD", hold: undefined })).toBeNull();
    expect(meaningOf(null)).toEqual(meaningOf("total"));
  });
});

it("lists lots by fields of the contract", () => {
  const fieldsOf = (dataset: string) => {
    const block = new RegExp(`^ {4}${dataset} \\{([^}]*)`, "m").exec(contract)?.[1] ?? "";
    return [...block.matchAll(/^ +(\w+) "/gm)].map(([, key]) => key);
  };
  expect(fieldsOf("wip_detail")).toEqual(expect.arrayContaining(lotColumns().map(({ key }) => key)));
  expect(fieldsOf("hold_lots")).toEqual(expect.arrayContaining(heldLotColumns().map(({ key }) => key)));
});
