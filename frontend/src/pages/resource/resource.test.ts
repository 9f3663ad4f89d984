// @vitest-environment happy-dom
import type { EquipmentRecord, EquipmentSummary, ListQuery } from "mes-compute";
import { describe, expect, it } from "vitest";

import { keyFigures, listColumns, listOf, resourceFilters } from "./resource";

describe("the equipment page's address", () => {
  const { codec, query: queryOf } = resourceFilters;
  const query = { workcenter_groups: ["TMTT"], is_key: "false", group: "TMTT", state: "UDT", sort: "lots", order: "desc", machine: "R1" };

  it("comes back as it was written", () => {
    expect(codec.write(codec.read(query))).toMatchObject(query);
  });
  it("gives the core the filters and the cell of the tree", () => {
    expect(queryOf(codec.read(query))).toEqual({ workcenterGroups: ["TMTT"], isKey: false, cell: { group: "TMTT", column: "UDT" } });
    expect(queryOf(codec.read({ state: "BROKEN", sort: "<b>" }))).toEqual({});
  });
  it("names the cell and takes it back with the filters", () => {
    expect(resourceFilters.chips(codec.read(query)).at(-1)?.value).toBe("TMTT · UDT");
    expect(Object.keys(resourceFilters.cleared)).toContain("cell");
    expect(Object.keys(resourceFilters.cleared)).not.toContain("machine");
  });
});

it("shows OU % and availability", () => {
  const summary = { ou_pct: 80, availability_pct: 62.5 } as EquipmentSummary;
  expect(keyFigures(summary).map(({ key, value }) => [key, value])).toEqual([
    ["ou", "80.0%"],
    ["availability", "62.5%"],
  ]);
});

describe("the list", () => {
  it("is read in parts, in the order that is asked for", () => {
    const asked: ListQuery[] = [];
    const store = { list: (query: ListQuery) => (asked.push(query), { total: 250, rows: [] }) };
    const list = listOf(store, { text: "G" }, { key: "lots", descending: true });
    list.read(90, 20);
    expect(list.total).toBe(250);
    expect(asked).toEqual([0, 100].map((offset) => ({ filter: { text: "G" }, sort: "lots", descending: true, offset, limit: 100 })));
    listOf(store, {}, undefined);
    expect(asked.at(-1)).toEqual({ filter: {}, offset: 0, limit: 100 });
  });
  it("counts the lots on a machine, and knows when their number is unknown", () => {
    const lots = listColumns().find(({ key }) => key === "lots")!;
    expect(
      [{ LOT_COUNT: null }, { LOT_COUNT: 2, LOT_DETAILS: [{}] }, { LOT_COUNT: 0, LOT_DETAILS: null }].map((row) =>
        lots.value(row as EquipmentRecord),
      ),
    ).toEqual([null, 1, 0]);
  });
});
