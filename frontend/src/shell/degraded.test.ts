import { expect, it } from "vitest";

import { gravest, noticeOf, type Situation } from "./degraded";

const WELL: Situation = {
  connection: "live",
  reconnectAt: undefined,
  heardAt: undefined,
  askAt: undefined,
  condition: { status: "healthy", degraded_reason: null, stale: {}, data_quality: {} },
  paused: undefined,
  failed: [],
};

it("says nothing when all is well, or before anything is known", () => {
  expect(noticeOf(WELL)).toBeUndefined();
  expect(noticeOf({ ...WELL, connection: "connecting", condition: undefined })).toBeUndefined();
});

it("names the reason, the datasets and since when", () => {
  const stale = { wip: "2026-11-20T08:00:00.000Z", resource: "2026-11-20T07:59:00.000Z", equipment: null };
  const condition = { status: "degraded" as const, degraded_reason: "cache_stale" as const, stale, data_quality: {} };
  expect(noticeOf({ ...WELL, condition })).toEqual({
    reason: "cache_stale",
    datasets: ["wip", "resource", "equipment"],
    retryAt: undefined,
    since: Date.parse("2026-11-20T07:59:00.000Z"),
  });
  expect(noticeOf({ ...WELL, condition: { ...condition, degraded_reason: "brand_new" as "cache_stale" } })?.reason).toBe("other");
});

it("puts what keeps the page from the server first", () => {
  const condition = { status: "degraded" as const, degraded_reason: "cache_stale" as const, stale: {}, data_quality: {} };
  const paused = { reason: "circuit_breaker_open", retryAt: 7_000 };
  const lost = noticeOf({ connection: "lost", reconnectAt: 5_000, heardAt: 3_000, askAt: undefined, condition, paused, failed: ["wip"] });
  expect(lost).toMatchObject({ reason: "offline", retryAt: 5_000, since: 3_000 });
  expect(noticeOf({ ...WELL, connection: "lost", reconnectAt: 5_000, askAt: 6_000 })).toMatchObject({ reason: "withheld", retryAt: 6_000 });
  expect(noticeOf({ ...WELL, condition, paused })).toMatchObject({ reason: "circuit_breaker_open", retryAt: 7_000 });
  expect(noticeOf({ ...WELL, paused: { ...paused, reason: "NEW" } })?.reason).toBe("other");
  expect(noticeOf({ ...WELL, paused: { ...paused, reason: "SERVICE_UNAVAILABLE" } })?.reason).toBe("starting");
  expect(noticeOf({ ...WELL, condition, failed: ["wip"] })).toMatchObject({ reason: "load", datasets: ["wip"] });
});

it("marks the gravest of what the data has", () => {
  expect([gravest([]), gravest(["notice"]), gravest(["notice", "warning", "notice"])]).toEqual([undefined, "notice", "warning"]);
});
