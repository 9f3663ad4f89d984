import { describe, expect, it } from "vitest";

import { askedDays, eitherOf, jobCodec, jobQuestion, MOST_MACHINES } from "./jobQuery";

const days = { startDate: "2026-11-14", endDate: "2026-11-20" };

describe("the jobs page", () => {
  it("opens with the last seven days of the plant", () => {
    expect(askedDays(jobCodec.read({}), "2026-11-20")).toEqual(days);
    expect(askedDays(jobCodec.read({ start_date: "2026-11-01" }), "2026-11-20")).toEqual({
      startDate: "2026-11-01",
      endDate: "2026-11-20",
    });
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

  it("writes what it reads", () => {
    const query = { workcenter_groups: ["a, b"], families: ["F"], q: "GWB", start_date: "2026-11-14", end_date: "2026-11-20", job: "J1" };
    expect(jobCodec.write(jobCodec.read(query))).toEqual(query);
  });

  it("takes the variant of a code that is filled in", () => {
    expect(eitherOf({ CAUSECODENAME: "", PJ_CAUSECODE2NAME: "worn" }, "CAUSECODENAME", "PJ_CAUSECODE2NAME")).toBe("worn");
    expect(eitherOf({}, "CAUSECODENAME")).toBeNull();
  });
});
