import { describe, expect, it } from "vitest";

import { lotFilter, wipCodec } from "./wipQuery";

describe("the WIP overview's address", () => {
  const query = { workorder: "GA26", package: ["SOT-23", "QFN"], status: "HOLD", hold_type: "quality", lots: "焊接_DB", of: "SOT-23" };

  it("comes back as it was written", () => {
    const written = wipCodec.write(wipCodec.read(query));
    expect(wipCodec.write(wipCodec.read(written as never))).toEqual(written);
    expect(written).toMatchObject(query);
  });
  it("ignores what is no status", () => {
    const state = wipCodec.read({ status: "BROKEN", hold_type: "x" });
    expect(state.status).toBeUndefined();
    expect(lotFilter(state)).not.toHaveProperty("status");
  });
  it("gives the hold type to the core only with HOLD", () => {
    expect(lotFilter(wipCodec.read({ status: "RUN", hold_type: "quality" }))).not.toHaveProperty("holdType");
    expect(lotFilter(wipCodec.read(query))).toMatchObject({ status: "HOLD", holdType: "quality" });
  });
});
