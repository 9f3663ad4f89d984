// @vitest-environment happy-dom
import type { EquipmentRecord, EquipmentSummary, Field, ListQuery } from "mes-compute";
import { describe, expect, it } from "vitest";

import { takeFields } from "../../contract/fields";
import { jobsQuery, keyFigures, listColumns, resourceFilters } from "./resource";

describe("the equipment page's address", () => {
  const { codec, query: queryOf } = resourceFilters;
  const query = {
    workcenter_groups: ["TMTT"],
    is_key: "false",
    group: "TMTT",
    state: "UDT",
    has_job: "true",
    sort: "-LOT_COUNT",
    view: "cards",
    machine: "R1",
  };

  it("comes back as it was written", () => {
    expect(codec.write(codec.read(query))).toMatchObject(query);
  });
  it("gives the core the filters and the cell of the tree", () => {
    expect(queryOf(codec.read(query))).toEqual({
      workcenterGroups: ["TMTT"],
      isKey: false,
      hasJob: true,
      cell: { group: "TMTT", column: "UDT" },
    });
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
  it("offers every field of a machine, each once", () => {
    takeFields({ equipment: Object.fromEntries(["VENDORNAME", "LOT_COUNT", "LOT_DETAILS"].map((key) => [key, {} as Field])) });
    const columns = listColumns();
    expect(columns.map(({ key }) => key).slice(-2)).toEqual(["VENDORNAME", "LOT_DETAILS"]);
    expect(columns.filter(({ isExtra }) => isExtra).map(({ key }) => key)).toEqual(["VENDORNAME", "LOT_DETAILS"]);
    expect(columns.at(-1)!.value({ LOT_DETAILS: [{ RUNCARDLOTID: "A" }, { RUNCARDLOTID: "B" }] } as EquipmentRecord)).toBe("A, B");
  });
  it("leads to the jobs of the same machines, since the first open one was opened", () => {
    const state = resourceFilters.codec.read({ has_job: "true", workcenter_groups: ["甲"], view: "cards" });
    const asked: ListQuery[] = [];
    const storeWith = (CREATEDATE: string | null) => ({
      list: (query: ListQuery) => (asked.push(query), { total: 1, rows: [{ CREATEDATE } as EquipmentRecord] }),
    });
    const query = { has_job: "true", workcenter_groups: ["甲"] };
    expect(jobsQuery(storeWith("2026-11-03T07:00:00"), state, { workcenterGroups: ["甲"] }, "2026-11-20")).toMatchObject({
      path: "/job-query",
      query: { ...query, start_date: "2026-11-03" },
    });
    expect(asked[0]).toEqual({ filter: { workcenterGroups: ["甲"], hasJob: true }, sort: "CREATEDATE", limit: 1 });
    // No further back than one question may go.
    expect(jobsQuery(storeWith("2001-01-01T07:00:00"), state, {}, "2026-11-20")).toMatchObject({ query: { start_date: "2024-11-20" } });
  });
  it("counts the lots on a machine, and knows when their number is unknown", () => {
    const lots = listColumns().find(({ key }) => key === "LOT_COUNT")!;
    expect(
      [{ LOT_COUNT: null }, { LOT_COUNT: 2, LOT_DETAILS: [{}] }, { LOT_COUNT: 0, LOT_DETAILS: null }].map((row) =>
        lots.value(row as EquipmentRecord),
      ),
    ).toEqual([null, 1, 0]);
  });
});
