// @vitest-environment happy-dom
import type { EquipmentList, ListQuery } from "mes-compute";
import { describe, expect, it } from "vitest";

import { jobFilters, jobQuestion, machinesOf, MOST_MACHINES } from "./jobQuery";

const days = { startDate: "2026-11-14", endDate: "2026-11-20" };

describe("the jobs page", () => {
  it("asks for every machine that passes the filters, whatever the core lists at once", () => {
    const storeOf = (total: number) => ({
      list: ({ offset = 0 }: ListQuery) => {
        const ids = Array.from({ length: Math.min(400, total - offset) }, (_, place) => ({ RESOURCEID: `M${offset + place}` }));
        return { total, rows: ids } as EquipmentList;
      },
    });
    const { total, ids } = machinesOf(storeOf(850), {});
    expect([total, ids.length, new Set(ids).size]).toEqual([850, 850, 850]);
    expect(machinesOf(storeOf(0), {})).toEqual({ total: 0, ids: [] });
    expect(machinesOf(storeOf(MOST_MACHINES + 1), {})).toEqual({ total: MOST_MACHINES + 1, ids: [] });
  });

  it("asks for no machine and for too many machines not at all", () => {
    expect(jobQuestion([], days)).toBeUndefined();
    expect(
      jobQuestion(
        Array.from({ length: MOST_MACHINES + 1 }, (_, id) => String(id)),
        days,
      ),
    ).toBeUndefined();
    expect(jobQuestion(["M1"], days)).toEqual({ resource_ids: ["M1"], start_date: "2026-11-14", end_date: "2026-11-20" });
  });

  it("keeps machines, days and the open job in the address, and gives the core the machines only", () => {
    const { codec, query } = jobFilters;
    const address = { workcenter_groups: ["a, b"], families: ["F"], q: "GWB", start_date: "2026-11-14", end_date: "2026-11-20", job: "J1" };
    expect(codec.write(codec.read(address))).toEqual(address);
    expect(query(codec.read(address))).toEqual({ workcenterGroups: ["a, b"], families: ["F"], text: "GWB" });
  });
});
