// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";

import { filtersOf, heldFilters, wipFilters } from "./wipOverview";

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

it("opens the lots of a cell with every filter, and the lots of a reason in all states", () => {
  const { codec, query } = wipFilters;
  const state = codec.read({ workorder: "GA26", workcenter: ["TMTT", "點測"], package: "QFN", status: "HOLD", hold_type: "quality" });
  expect(query(filtersOf(state, "TMTT", ""))).toEqual({ ...query(state), workcenters: ["TMTT"] });
  expect(query(filtersOf(state, "TMTT", "SOT-23"))).toEqual({ ...query(state), workcenters: ["TMTT"], packages: ["SOT-23"] });
  expect(query(heldFilters(state))).toEqual({ workorder: "GA26", workcenters: ["TMTT", "點測"], packages: ["QFN"] });
});
