// @vitest-environment happy-dom
import { beforeAll, expect, it } from "vitest";

import { language } from "../../theme/preferences";
import { addWords } from "../../words/i18n";
import {
  alertFigures,
  answerFacts,
  auditColumns,
  cacheColumns,
  cacheRows,
  callColumns,
  callRows,
  findingsOf,
  hourTable,
  stateLevel,
  verdictLevel,
} from "./performance";
import type { SystemStatus } from "./systemStatus";
import * as words from "./words";

beforeAll(() => {
  language.value = "en";
  addWords("admin", words);
});

it("shows shares in percent and counts as they are", () => {
  const alert = { subject: null, context: "" };
  expect(alertFigures({ ...alert, name: "retry_pressure", measured: 0.244, threshold: 0.1 })).toEqual({ measured: 24, threshold: 10 });
  expect(alertFigures({ ...alert, name: "restart_churn", measured: 3, threshold: 3 })).toEqual({ measured: 3, threshold: 3 });
  expect(alertFigures({ name: "data_quality_unreadable", subject: "wip QTY", measured: 0.75, threshold: 0.5, context: "" })).toEqual({
    subject: "wip QTY",
    measured: 75,
    threshold: 50,
  });
});

it("lists alerts before errors and warnings", () => {
  const resilience = { alerts: [{ name: "restart_churn", measured: 3, threshold: 3 }] };
  const found = findingsOf({ resilience, errors: ["disk"], warnings: ["clock"] } as unknown as SystemStatus);
  expect(found.map(({ level, title, text }) => [level, title, text])).toEqual([
    ["error", "Restarts don't help:", "3 in a short time; an alert from 3 on"],
    ["error", undefined, "disk"],
    ["warn", undefined, "clock"],
  ]);
});

it("grades states and verdicts", () => {
  expect(["CLOSED", "cooldown", "stale", "done"].map(stateLevel)).toEqual(["high", "medium", "low", "none"]);
  expect((["healthy", "watched", "degraded", "unhealthy"] as const).map(verdictLevel)).toEqual(["high", "medium", "medium", "low"]);
});

it("names Redis only where there is one", () => {
  const route_cache = { l1: { hits: 1, misses: 1, hit_rate: 0.5 }, l2: null, entries: 2, bytes: 512, max_bytes: 2048 };
  const labels = (status: object) => answerFacts(status as SystemStatus).map(([label]) => label);
  expect(labels({ route_cache })).toEqual(["Found in memory", "Held"]);
  expect(labels({ route_cache: { ...route_cache, l2: { hit_rate: 1 } } })).toContain("Redis");
});

it("has columns for tables in memory, calls and commands", () => {
  const cache = {
    version: "0123456789",
    stale: true,
    rows: 12_000,
    table_bytes: 2048,
    derived_index: { bytes: 100, fresh: false },
    wire_bytes: { zstd: 10 },
    amplification_ratio: 1.25,
  };
  const status = { cache, resource_cache: cache, equipment_status_cache: cache, workcenter_cache: cache } as unknown as SystemStatus;
  const row = cacheRows(status)[0]!;
  expect(cacheColumns().map(({ value, text }) => text?.(row) ?? value(row))).toEqual([
    "Lots",
    "12,000",
    "Not current",
    "01234567",
    "2 KiB",
    "100 B Not current",
    "10 B",
    "1.3×",
  ]);
  const call = { count: 1_200, failed: 0, p50_ms: 0.5, p95_ms: 2, p99_ms: 30, max_ms: 31.4 };
  expect(callColumns().map(({ value, text }) => text?.(callRows({ lots: call })[0]!) ?? value(callRows({ lots: call })[0]!))).toEqual([
    "lots",
    "1.2K",
    "0",
    "0.5 ms",
    "2.0 ms",
    "30 ms",
    "31 ms",
  ]);
  const what = auditColumns().find(({ key }) => key === "what")!.value;
  const entry = { id: 1, at: "", actor: "", address: "", target: null, reason: null };
  expect([what({ ...entry, action: "refresh" }), what({ ...entry, action: "new_one" })]).toEqual(["Refresh", "new_one"]);
});

it("has the last hour as a table, newest first", () => {
  const at = (minute: string) => ({ minute, requests: 5, server_errors: 0, p50_ms: 1, p95_ms: 2, p99_ms: 3 });
  const { head, rows } = hourTable([at("2026-11-20T08:00:00Z"), at("2026-11-20T08:01:00Z")]);
  expect(head).toHaveLength(rows[0]!.length);
  expect(String(rows[0]![0]) > String(rows[1]![0])).toBe(true);
});
