import { describe, expect, it } from "vitest";

import { successor } from "./formerPages";

describe("addresses of the replaced system", () => {
  it("lead to their successors with the filters carried over", () => {
    expect(successor("/wip-detail", { workcenter: "TMTT", package: "SOT-23" })).toEqual({
      path: "/wip-overview",
      query: { package: "SOT-23", lots: "TMTT" },
    });
    expect(successor("/hold-detail", { reason: "x" })).toEqual({ path: "/wip-overview", query: { reason: "x" } });
    expect(successor("/wip-detail", {})).toEqual({ path: "/wip-overview", query: {} });
  });
});
