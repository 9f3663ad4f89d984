// @vitest-environment happy-dom
import type { EquipmentRecord, Field } from "mes-compute";
import { afterEach, beforeEach, expect, it } from "vitest";

import { takeFields } from "../../contract/fields";
import { drawers } from "../../who/navigation";
import { figuresOf, groupFacts, hasJob, hourFacts, hourRange, jobQuestion, machineJobColumns } from "./machine";

const KEYS = ["RESOURCEID", "WORKCENTER_GROUP", "EQUIPMENTASSETSSTATUS", "JOBORDER", "JOBID", "LOT_COUNT", "LOT_DETAILS"];
beforeEach(() =>
  takeFields({
    equipment: Object.fromEntries(KEYS.map((key) => [key, { dataset: "equipment", api_key: key, label_en: key, label_zh: key } as Field])),
  }),
);
afterEach(() => (drawers.value = undefined));

const record = {
  RESOURCEID: "id/1",
  WORKCENTER_GROUP: "A & B",
  EQUIPMENTASSETSSTATUS: "UDT",
  JOBORDER: " ",
  JOBID: null,
  LOT_COUNT: 2,
  LOT_DETAILS: [{}, {}],
} as EquipmentRecord;

it("has the fields in groups in the order of the contract, and leads to the machines of the same group", () => {
  expect(groupFacts(record, "machine")).toEqual([
    ["RESOURCEID", "id/1"],
    ["WORKCENTER_GROUP", [{ text: "A & B", to: "/resource?workcenter_groups=A+%26+B" }]],
  ]);
  expect(groupFacts(record, "state")).toEqual([["EQUIPMENTASSETSSTATUS", "UDT"]]);
  expect(groupFacts(record, "job")).toEqual([
    ["JOBORDER", " "],
    ["JOBID", "–"],
  ]);
  expect(groupFacts(record, "lots")).toEqual([]);
});

it("knows whether a job is open, and shows a dash for what is not known", () => {
  expect([hasJob(record), hasJob({ ...record, JOBORDER: "J1" })]).toEqual([false, true]);
  const values = (loading: boolean) =>
    figuresOf({ ...record, LOT_DETAILS: null, TOTAL_TRACKIN_QTY: null }, undefined, loading).map(({ value }) => value);
  expect([values(true), values(false)]).toEqual([
    ["–", "–", "…", "…"],
    ["–", "–", "–", "–"],
  ]);
  expect(hourFacts(undefined)).toHaveLength(8);
});

it("asks for the hours of 30 days, and for the jobs of one machine", () => {
  expect(hourRange("2026-11-30")).toEqual({ startDate: "2026-11-01", endDate: "2026-11-30" });
  const days = { startDate: "2026-11-14", endDate: "2026-11-20" };
  expect(jobQuestion("id/1", days)).toEqual({ resource_ids: ["id/1"], start_date: "2026-11-14", end_date: "2026-11-20" });
  const [id, ...others] = machineJobColumns("M 1", days);
  expect(id!.to!({ JOBID: "J/1" })).toBe("/job-query?q=M+1&start_date=2026-11-14&end_date=2026-11-20&job=J%2F1");
  expect(others.map(({ key }) => key)).not.toContain("RESOURCENAME");
  drawers.value = [];
  expect(id!.to!({ JOBID: "J/1" })).toBeUndefined();
});
