// @vitest-environment happy-dom
import type { EquipmentRecord } from "mes-compute";
import { expect, it } from "vitest";

import { DOWN_KEYS, downColumns, longestDown } from "./machinesDown";

const machine = (RESOURCEID: string, CREATEDATE: string | null) => ({ RESOURCEID, RESOURCENAME: null, CREATEDATE }) as EquipmentRecord;
const now = "2026-11-20 08:00:00";

it("lists the longest open job first, machines without job last", () => {
  const machines = [
    machine("A", null),
    machine("B", "2026-11-20 07:00:00"),
    machine("C", "2026-11-19T08:00:00"),
    machine("D", null),
    machine("E", "2026-11-21 00:00:00"),
  ];
  expect(longestDown(machines, now).map(({ RESOURCEID }) => RESOURCEID)).toEqual(["C", "B", "E", "A", "D"]);
});

it("shows how long a job is open, never below 0, and a dash without job or time of the plant", () => {
  const { name, open } = downColumns(now);
  const shown = (CREATEDATE: string | null) => open.text!(machine("A", CREATEDATE));
  expect([shown("2026-11-19 06:30:30"), shown("2026-11-20 09:00:00"), shown(null), shown("soon")]).toEqual([
    "25 h 29 min",
    "0 h 00 min",
    "–",
    "–",
  ]);
  expect(downColumns(undefined).open.text!(machine("A", "2026-11-19 06:30:30"))).toBe("–");
  expect(name.text!(machine("A", null))).toBe("A");
  expect(Object.keys(downColumns(now))).toEqual([...DOWN_KEYS]);
});
