// @vitest-environment happy-dom
import type { EquipmentList, ListQuery } from "mes-compute";
import { describe, expect, it } from "vitest";

import { jobFilters, jobQuestions, machinesOf, MOST_MACHINES, together } from "./jobQuery";

const days = { startDate: "2026-11-14", endDate: "2026-11-20" };

describe("the jobs page", () => {
  it("asks for every machine that passes the filters, whatever the core lists at once", () => {
    const storeOf = (total: number) => ({
      list: ({ offset = 0 }: ListQuery) => {
        const ids = Array.from({ length: Math.min(400, total - offset) }, (_, place) => ({ RESOURCEID: `M${offset + place}` }));
        return { total, rows: ids } as EquipmentList;
      },
    });
    const ids = machinesOf(storeOf(2_350), {});
    expect([ids.length, new Set(ids).size]).toEqual([2_350, 2_350]);
    expect(machinesOf(storeOf(0), {})).toEqual([]);
  });

  it("asks for any number of machines, as many at once as the server takes, and for none not at all", () => {
    const ids = Array.from({ length: 2 * MOST_MACHINES + 1 }, (_, id) => String(id));
    const questions = jobQuestions(ids, days);
    expect(questions.map(({ resource_ids }) => resource_ids.length)).toEqual([MOST_MACHINES, MOST_MACHINES, 1]);
    expect(questions.flatMap(({ resource_ids }) => resource_ids)).toEqual(ids);
    expect(questions[2]).toMatchObject({ start_date: "2026-11-14", end_date: "2026-11-20" });
    expect(jobQuestions([], days)).toEqual([]);
  });

  it("puts answers together, newest first, and says when one was cut", () => {
    const job = (JOBID: string, CREATEDATE: string | null) => ({ JOBID, CREATEDATE });
    const first = { data: [job("b", "2026-11-20 10:00:00"), job("c", "2026-11-18 10:00:00")], is_cut: false };
    const second = { data: [job("a", "2026-11-20 10:00:00"), job("d", null)], is_cut: true };
    const { data, isCut } = together([first, second], 1);
    expect([data.map(({ JOBID }) => JOBID).join(""), isCut]).toEqual(["abcd", true]);
  });

  it("keeps machines, days and the open job in the address, and gives the core the machines only", () => {
    const { codec, query } = jobFilters;
    const address = {
      workcenter_groups: ["a, b"],
      families: ["F"],
      q: "GWB",
      has_job: "true",
      start_date: "2026-11-14",
      end_date: "2026-11-20",
      job: "J1",
    };
    expect(codec.write(codec.read(address))).toMatchObject(address);
    expect(query(codec.read(address))).toEqual({ workcenterGroups: ["a, b"], families: ["F"], text: "GWB", hasJob: true });
  });
});
