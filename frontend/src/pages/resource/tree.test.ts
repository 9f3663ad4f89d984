// @vitest-environment happy-dom
import type { EquipmentStore, StateColumns } from "mes-compute";
import { expect, it } from "vitest";

import { pathOf } from "../../table/useTree";
import { branchesOf, cellOf, sameCell, treeColumns, type TreeNode, treeOf } from "./tree";

const counts: StateColumns = { PRD: 1, SBY: 0, UDT: 1, SDT: 0, EGT: 0, NST: 0, OTHER: 0, total: 2 };
const store: Pick<EquipmentStore, "tree" | "treeMachines"> = {
  tree: () => [
    {
      name: "TMTT",
      sequence: 1,
      counts,
      ouPct: 50,
      availabilityPct: 50,
      families: [{ name: "GTMA", counts, ouPct: null, availabilityPct: 0 }],
    },
  ],
  treeMachines: () => [{ resourceId: "R1", name: null, column: "UDT", status: "PM", reason: null, lotCount: 0, hasJob: false }],
};
const [group] = treeOf(store, {}) as [TreeNode];
const [family] = group.children!() as [TreeNode];
const [machine] = family.children!() as [TreeNode];
const text = (node: TreeNode) => treeColumns().map((column) => column.text?.(node) ?? column.value(node));

it("knows the rows that an address may unfold", () => {
  expect([...branchesOf(store)]).toEqual(["TMTT", pathOf("TMTT", "GTMA")]);
});

it("counts machines by state, and shows the state and reason of one", () => {
  expect(text(group)).toEqual(["TMTT", "50.0%", "1", "0", "1", "0", "0", "0", "0", "2"]);
  expect(text(family)[1]).toBe("–");
  expect(text(machine)).toEqual(["R1", "PM", "", "", "UDT", "", "", "", "", ""]);
});

it("filters by a cell with machines, and never by one of another level", () => {
  const opens = (node: TreeNode) => treeColumns().flatMap(({ key, opens }) => (opens?.(node) ? [key] : []));
  expect([opens(group), opens(machine)]).toEqual([["name", "PRD", "UDT"], ["name"]]);
  const udt = { key: "UDT" };
  expect(cellOf(family, udt)).toEqual({ group: "TMTT", family: "GTMA", column: "UDT" });
  expect([cellOf(group, { key: "name" }), cellOf(group, { key: "total" }), cellOf(machine, udt)]).toEqual([
    { group: "TMTT" },
    undefined,
    undefined,
  ]);
  expect(sameCell(cellOf(group, udt), { ...cellOf(group, udt) })).toBe(true);
  expect(sameCell(cellOf(group, udt), cellOf(family, udt))).toBe(false);
  expect(sameCell(undefined, undefined)).toBe(false);
});
