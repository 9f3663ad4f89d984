import { expect, it } from "vitest";

import { latencyOption } from "../../chart/latency";
import { palette } from "../../testPalette";
import { fieldsLine, outcomeOf, type Restart, type SystemStatus, verdictOf } from "./systemStatus";

it("writes fields on one line, texts without quotes", () => {
  expect(fieldsLine({ code: "DB_QUERY_TIMEOUT", latency_us: 7, where: { a: 1 } })).toBe('code=DB_QUERY_TIMEOUT latency_us=7 where={"a":1}');
  expect(fieldsLine({})).toBe("");
});

it("shows minutes without answers as gaps and not as instant ones", () => {
  const at = (minute: string, requests: number) => ({ minute, requests, server_errors: 0, p50_ms: 1, p95_ms: 2, p99_ms: 3 });
  const minutes = [at("2026-11-20T08:00:00Z", 5), at("2026-11-20T08:03:00Z", 7)];
  const option = latencyOption(minutes, palette, { requests: "r", errors: "e", p50: "50", p95: "95", p99: "99" });
  expect(option.xAxis.data).toHaveLength(4);
  const series = (name: string) => option.series.find((one) => one.name === name)!.data;
  expect(series("r")).toEqual([5, 0, 0, 7]);
  expect(series("95")).toEqual([2, null, null, 2]);
});

it("tells how a restart went", () => {
  const restart: Restart = {
    id: "a",
    requested_by: "chen",
    requested_at: "",
    requested_ip: null,
    completed_at: null,
    success: false,
    source: "manual",
    decision: "allowed",
    decision_reason: "",
    manual_override: false,
    policy_state: "allowed",
  };
  const over = { ...restart, completed_at: "2026-11-20T08:00:00Z" };
  expect([restart, over, { ...over, success: true }, { ...over, decision: "refused" }].map(outcomeOf)).toEqual([
    "underWay",
    "failed",
    "done",
    "refused",
  ]);
});

it("calls nothing well while there is something to look at", () => {
  const at = (status: SystemStatus["status"], warnings: string[]) =>
    verdictOf({ status, errors: [], warnings, resilience: { alerts: [] } } as unknown as SystemStatus);
  expect([at("healthy", []), at("healthy", ["a"]), at("degraded", ["a"])]).toEqual(["healthy", "watched", "degraded"]);
});
