import { expect, it } from "vitest";

import { gravest, noticeOf, type Situation } from "./degraded";

const WELL: Situation = {
  connection: "live",
  reconnectAt: undefined,
  heardAt: undefined,
  silentSince: undefined,
  now: 20_000,
  isHeld: true,
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
  const lost = noticeOf({ ...WELL, connection: "lost", reconnectAt: 5_000, heardAt: 3_000, condition, paused, failed: ["wip"] });
  expect(lost).toMatchObject({ reason: "offline", retryAt: 5_000, since: 3_000 });
  expect(noticeOf({ ...WELL, connection: "lost", reconnectAt: 5_000, askAt: 6_000 })).toMatchObject({ reason: "withheld", retryAt: 6_000 });
  expect(noticeOf({ ...WELL, condition, paused })).toMatchObject({ reason: "circuit_breaker_open", retryAt: 7_000 });
  expect(noticeOf({ ...WELL, paused: { ...paused, reason: "NEW" } })?.reason).toBe("other");
  expect(noticeOf({ ...WELL, paused: { ...paused, reason: "SERVICE_UNAVAILABLE" } })?.reason).toBe("starting");
  expect(noticeOf({ ...WELL, condition, failed: ["wip"] })).toMatchObject({ reason: "load", datasets: ["wip"] });
});

it("names a server that answers nothing: at once where nothing arrives, later where announcements do", () => {
  const at = (connection: Situation["connection"], silentSince: number, isHeld = true) =>
    noticeOf({ ...WELL, connection, silentSince, isHeld });
  expect(at("connecting", 15_000, false)).toMatchObject({ reason: "silent", since: undefined });
  expect(at("live", 15_000)).toBeUndefined();
  expect(at("live", 5_000)).toMatchObject({ reason: "silent", since: 5_000 });
  expect(at("lost", 5_000)).toMatchObject({ reason: "offline" });
  // It answered questions before.
  expect(noticeOf({ ...WELL, connection: "lost", silentSince: 5_000, askAt: 6_000 })).toMatchObject({ reason: "offline" });
});

it("marks the gravest of what the data has", () => {
  expect([gravest([]), gravest(["notice"]), gravest(["notice", "warning", "notice"])]).toEqual([undefined, "notice", "warning"]);
});
