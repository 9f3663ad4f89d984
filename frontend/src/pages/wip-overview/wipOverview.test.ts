// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";

import contract from "../../../../compute-core/src/field_contract/fields.rs?raw";
import { lotFigures } from "../../figures/lotFigures";
import { chosenFigure, heldLotColumns, lotColumns, meaningOf, wipFilters } from "./wipOverview";

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

it("chooses figures by what they filter", () => {
  for (const { key } of lotFigures(undefined)) expect(chosenFigure(meaningOf(key))).toBe(key === "total" ? null : key);
  expect(chosenFigure({ status: "HOLD", hold: undefined })).toBeNull();
  expect(meaningOf(null)).toEqual(meaningOf("total"));
});

it("lists lots by fields of the contract", () => {
  const fieldsOf = (dataset: string) => {
    const block = new RegExp(`^ {4}${dataset} \\{([^}]*)`, "m").exec(contract)?.[1] ?? "";
    return [...block.matchAll(/^ +(\w+) "/gm)].map(([, key]) => key);
  };
  expect(fieldsOf("wip_detail")).toEqual(expect.arrayContaining(lotColumns().map(({ key }) => key)));
  expect(fieldsOf("hold_lots")).toEqual(expect.arrayContaining(heldLotColumns().map(({ key }) => key)));
});
