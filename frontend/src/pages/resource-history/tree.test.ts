// @vitest-environment happy-dom
import type { FamilyMachinesQuery, Field, HistoryStore, HoursFigures, MachineHours } from "mes-compute";
import { expect, it } from "vitest";

import { takeFields } from "../../contract/fields";
import { pathOf } from "../../table/useTree";
import { branchesOf, type HoursNode, treeColumns, treeOf } from "./tree";

takeFields({ history: { ou_pct: { semantic_type: "percentage", unit: "%" } as Field } });
const figures = {
  ou_pct: 80,
  availability_pct: null,
  prd_hours: 12,
  prd_pct: 50,
  other_hours: 0,
  total_hours: 24,
  machine_count: 2,
} as HoursFigures;
const asked: FamilyMachinesQuery[] = [];
const store: Pick<HistoryStore, "tree" | "familyMachines"> = {
  tree: () => [{ workcenter: "甲", workcenter_seq: 1, ...figures, families: [{ family: null, ...figures }] }],
  familyMachines: (query) => {
    asked.push(query);
    return [{ resource: null, resource_id: "R1", family: null, workcenter: "甲", workcenter_seq: 1, ...figures } satisfies MachineHours];
  },
};

it("unfolds groups into families and machines, which are read when they are wanted", () => {
  const [group] = treeOf({ store, query: { startDate: "2026-11-01" } }) as [HoursNode];
  const [family] = group.children!() as [HoursNode];
  expect([group.name, family.key, asked]).toEqual(["甲", "", []]);
  expect(family.children!().map(({ name, machine }) => [name, machine])).toEqual([["R1", "R1"]]);
  expect(asked).toEqual([{ hours: { startDate: "2026-11-01" }, group: "甲" }]);
});

it("knows the rows that an address may unfold", () => {
  const range = { startDate: "2026-11-01", endDate: "2026-11-02" };
  const [group] = treeOf({ store, query: range }) as [HoursNode];
  const [family] = group.children!() as [HoursNode];
  expect([...branchesOf({ store, range })]).toEqual([group.key, pathOf(group.key, family.key)]);
});

it("shows the hours of each state with their share, and machines as links", () => {
  const [node] = treeOf({ store, query: {} }) as [HoursNode];
  const columns = treeColumns(false);
  const prd = columns.find(({ key }) => key === "prd_hours")!;
  expect([prd.label, prd.value(node), prd.detail!(node)]).toEqual(["PRD", 12, "50.0%"]);
  expect(columns.map(({ label }) => label).filter((name) => /^[A-Z]+$/.test(name))).toEqual([
    "PRD",
    "SBY",
    "UDT",
    "SDT",
    "EGT",
    "NST",
    "OTHER",
  ]);
  expect([columns[0]!.to!(node), columns[0]!.to!({ ...node, machine: "a/b" })]).toEqual([undefined, "/equipment/a%2Fb"]);
});

it("has what either hours have, the difference where both have it, and a dash where one has none", () => {
  const other = {
    tree: () => [
      { workcenter: "乙", workcenter_seq: 2, ...figures, families: [] },
      { workcenter: "甲", workcenter_seq: 1, ...figures, ou_pct: 78.1, prd_hours: 12.25, families: [] },
    ],
    familyMachines: () => [],
  };
  const [first, second, ...none] = treeOf({ store, query: {} }, { store: other, query: {} });
  expect([first!.name, second!.name, none]).toEqual(["甲", "乙", []]);
  const columns = treeColumns(true);
  const textOf = (key: string, node: HoursNode) => columns.find((column) => column.key === key)!.text!(node);
  expect(["ou_pct", "ou_pct difference", "availability_pct difference"].map((key) => textOf(key, first!))).toEqual(["80.0%", "+1.9", "–"]);
  expect(["ou_pct", "total_hours", "ou_pct difference"].map((key) => textOf(key, second!))).toEqual(["–", "–", "–"]);
  expect(first!.children!().map(({ figures, other }) => [figures !== undefined, other])).toEqual([[true, undefined]]);
});
