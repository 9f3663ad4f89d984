// @vitest-environment happy-dom
import type { GroupStates, GroupSubStates, Kpi, WorkcenterCard } from "mes-compute";
import { describe, expect, it } from "vitest";

import { cardFigures, dashboardFilters, daysBefore, daysOf, historyQuery, keyFigures, statesOf, statusQuery } from "./dashboard";

const { codec, query: queryOf } = dashboardFilters;
const address = { q: "GW", is_key: "true", group: "焊接 WB", days: "30", cards: "all", sort: "-name" };
const state = codec.read(address);

describe("the dashboard's address", () => {
  it("comes back as it was written", () => {
    expect(codec.read(codec.write(state) as never)).toEqual(state);
    expect(codec.write(state)).toMatchObject(address);
  });
  it("gives the core the filters and the group of a card", () => {
    expect(queryOf(state)).toEqual({ text: "GW", isKey: true, cell: { group: "焊接 WB" } });
  });
  it("ignores what no page writes, and opens with the longest open jobs", () => {
    expect(codec.read({ days: "5", sort: "<b>" })).toMatchObject({ days: undefined, sort: { key: "open", descending: true } });
  });
});

describe("a card", () => {
  const states = { PRD: 3, SBY: 1, UDT: 0, SDT: 0, EGT: 0, NST: 0, OTHER: 2 };
  const card = (workcenter: string) => ({ workcenter, ou_pct: 75, run_pct: 50, total: 6 }) as WorkcenterCard;
  const matrix = [{ workcenter_group: "UNKNOWN", workcenter_sequence: 999, total: 6, ...states }] satisfies GroupStates[];
  const subStates: GroupSubStates = {
    workcenter_group: "UNKNOWN",
    states: [
      { state: "PRD", code: "PRD", machines: 3 },
      { state: "OTHER", code: "FIX", machines: 2 },
    ],
  };
  const [unknown, named] = cardFigures([card("UNKNOWN"), card("TMTT")], matrix, [subStates], state);

  it("shows OU %, run %, machines and all their states", () => {
    expect([unknown!.value, unknown!.detail]).toEqual(["75.0%", expect.stringContaining("50.0% · 6")]);
    expect(unknown!.states!.map(({ code, value }) => code + value)).toEqual(["PRD3", "SBY1", "UDT0", "SDT0", "EGT0", "NST0", "OTHER2"]);
  });
  it("has the states as recorded behind its states", () => {
    expect(unknown!.states!.flatMap(({ code, hint }) => (hint ? [[code, hint]] : []))).toEqual([["OTHER", "FIX\u00a02"]]);
  });
  it("leads to the machines of its group, with the filters of the page", () => {
    expect(named!.to).toMatchObject({ path: "/resource", query: { q: "GW", is_key: "true", workcenter_groups: ["TMTT"] } });
    expect(unknown!.to).toMatchObject({ query: { group: "UNKNOWN" } });
    expect(statusQuery(state, undefined)).toEqual({ q: "GW", is_key: "true" });
  });
});

it("leads from a cell to its group and day", () => {
  expect(historyQuery(state, "TMTT", "2026-11-02")).toMatchObject({
    q: "GW",
    is_key: "true",
    workcenter_groups: ["TMTT"],
    start_date: "2026-11-02",
    end_date: "2026-11-02",
  });
});

it("shows the days before today", () => {
  const range = daysBefore("2026-11-03", "7");
  expect(range).toEqual({ startDate: "2026-10-27", endDate: "2026-11-02" });
  expect(daysOf(range)).toHaveLength(7);
  expect(daysOf(range).slice(-2)).toEqual(["2026-11-01", "2026-11-02"]);
});

it("shows the core's percentages and every state", () => {
  const kpi = { prd: 3, sby: 1, udt: 2, sdt: 0, egt: 0, nst: 0, other: 4, ou_pct: 50, run_pct: 30 } as Kpi;
  expect(keyFigures(kpi).map(({ key, value }) => [key, value])).toEqual([
    ["ou", "50.0%"],
    ["run", "30.0%"],
  ]);
  expect(statesOf(kpi)).toEqual({ PRD: 3, SBY: 1, UDT: 2, SDT: 0, EGT: 0, NST: 0, OTHER: 4 });
});
