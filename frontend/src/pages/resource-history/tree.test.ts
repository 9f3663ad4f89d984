// @vitest-environment happy-dom
import type { FamilyMachinesQuery, HistoryStore, HoursFigures, MachineHours } from "mes-compute";
import { expect, it } from "vitest";

import { type HoursNode, treeColumns, treeOf } from "./tree";

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
  const [group] = treeOf(store, { startDate: "2026-11-01" }) as [HoursNode];
  const [family] = group.children!() as [HoursNode];
  expect([group.name, family.key, asked]).toEqual(["甲", "", []]);
  expect(family.children!().map(({ name }) => name)).toEqual(["R1"]);
  expect(asked).toEqual([{ hours: { startDate: "2026-11-01" }, group: "甲" }]);
});

it("shows the hours of each state with their share", () => {
  const [node] = treeOf(store, {}) as [HoursNode];
  const columns = treeColumns();
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
});
