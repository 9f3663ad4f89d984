// @vitest-environment happy-dom
import type { EquipmentRecord } from "mes-compute";
import { expect, it } from "vitest";

import { DOWN_KEYS, downColumns, downOrder, LONGEST_FIRST } from "./machinesDown";

const machine = (RESOURCEID: string, CREATEDATE: string | null) => ({ RESOURCEID, RESOURCENAME: null, CREATEDATE }) as EquipmentRecord;
const now = "2026-11-20 08:00:00";

it("orders by fields of a machine, what is open longest first by when it was opened", () => {
  expect(downOrder(LONGEST_FIRST)).toEqual({ key: "CREATEDATE", descending: false });
  expect(downOrder({ key: "open", descending: false })).toEqual({ key: "CREATEDATE", descending: true });
  expect(downOrder({ key: "group", descending: true })).toEqual({ key: "WORKCENTER_GROUP", descending: true });
  expect(downOrder(undefined)).toBeUndefined();
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
