// @vitest-environment happy-dom
import type { EquipmentRecord, GroupStates } from "mes-compute";
import { expect, it } from "vitest";

import { cardDetail, cardText, columnIn, linesOf, moved } from "./cards";

const group = (workcenter_group: string, total: number) => ({ workcenter_group, workcenter_sequence: 1, total, PRD: total }) as GroupStates;
// A heading and lines of 3, 3 and 1 cards; a heading and a line of 2.
const lines = linesOf([group("甲", 7), group("乙", 2)], 3);

it("puts every machine of the list into a line below its group, once", () => {
  expect(lines.map((line) => (line.kind === "heading" ? line.group : [line.first, line.length]))).toEqual([
    "甲",
    [0, 3],
    [3, 3],
    [6, 1],
    "乙",
    [7, 2],
  ]);
  const many = linesOf([group("甲", 10_000)], 7).flatMap((line) => (line.kind === "cards" ? [line.length] : []));
  expect(many.reduce((sum, length) => sum + length, 0)).toBe(10_000);
});

it("moves by line and by card, and keeps the column over shorter lines", () => {
  const go = (from: [number, number], ...keys: string[]) => {
    let at = { line: from[0], column: from[1] };
    for (const key of keys) at = moved(lines, at, key, 2) ?? at;
    return [at.line, columnIn(lines[at.line], at.column)];
  };
  expect(go([1, 0], "ArrowRight", "ArrowRight", "ArrowRight")).toEqual([2, 0]);
  expect(go([2, 0], "ArrowLeft")).toEqual([1, 2]);
  expect(go([2, 2], "ArrowDown")).toEqual([3, 0]);
  expect(go([2, 2], "ArrowDown", "ArrowUp")).toEqual([2, 2]);
  expect(go([2, 2], "End")).toEqual([5, 1]);
  expect(go([5, 1], "ArrowRight")).toEqual([5, 1]);
  expect(go([5, 1], "Home", "ArrowLeft", "ArrowUp")).toEqual([0, 0]);
  expect(go([0, 0], "PageDown", "PageDown", "PageDown", "PageUp")).toEqual([3, 0]);
  expect(moved(lines, { line: 0, column: 0 }, "a", 2)).toBeUndefined();
});

it("says state, reason and job of a machine, and a site's own state beside its column", () => {
  const machine = {
    RESOURCEID: "R1",
    RESOURCENAME: null,
    EQUIPMENTASSETSSTATUS: "PM",
    EQUIPMENTASSETSSTATUSREASON: "Weekly",
    E10_STATE: "UDT",
    JOBORDER: " J1 ",
  };
  expect(cardText(machine as EquipmentRecord)).toMatch(/^R1 · PM · .+ · Weekly · .+ J1$/);
  expect(cardDetail(machine as EquipmentRecord)).toBe("PM · Weekly");
  expect(cardDetail({ ...machine, EQUIPMENTASSETSSTATUS: "UDT" } as EquipmentRecord)).toBe("Weekly");
  expect(cardDetail({ ...machine, EQUIPMENTASSETSSTATUS: null, EQUIPMENTASSETSSTATUSREASON: null } as EquipmentRecord)).toBe("–");
});
