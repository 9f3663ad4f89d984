import { describe, expect, it } from "vitest";

import { equipmentFilter, resourceCodec, sameCell } from "./resourceQuery";

describe("the equipment page's address", () => {
  it("comes back as it was written", () => {
    const query = { workcenter_groups: ["TMTT"], is_key: "false", group: "TMTT", state: "UDT", sort: "lots", order: "desc" };
    expect(resourceCodec.write(resourceCodec.read(query))).toMatchObject(query);
  });
  it("tells false from not chosen", () => {
    expect(equipmentFilter(resourceCodec.read({ is_key: "false" }))).toMatchObject({ isKey: false });
    expect(equipmentFilter(resourceCodec.read({}))).not.toHaveProperty("isKey");
  });
  it("never takes a cell of one level for one of another", () => {
    const group = { group: "TMTT", column: "UDT" as const };
    expect(sameCell(group, { ...group })).toBe(true);
    expect(sameCell(group, { ...group, family: "GTMA" })).toBe(false);
    expect(sameCell(undefined, group)).toBe(false);
  });
});
