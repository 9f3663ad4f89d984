// Answers of the server to its administrators; the shapes are those of the API description.
import type { MinuteFigures } from "../../chart/latency";
import type { Role } from "../../contract/api";

export interface CacheStatus {
  version: string | null;
  updated_at: string | null;
  checked_at: string | null;
  age_seconds: number | null;
  stale: boolean;
  rows: number;
  table_bytes: number;
  wire_bytes: { identity: number; gzip: number; br: number; zstd: number };
  amplification_ratio: number;
  derived_index: { name: string; bytes: number; fresh: boolean };
}

export interface CacheLevel {
  hits: number;
  misses: number;
  hit_rate: number;
}

export type PolicyState = { state: "allowed" } | { state: "cooldown"; seconds_left: number } | { state: "blocked" };

export interface Restart {
  id: string;
  requested_by: string;
  requested_at: string;
  requested_ip: string | null;
  completed_at: string | null;
  success: boolean;
  source: string;
  decision: string;
  decision_reason: string;
  manual_override: boolean;
}

export interface WorkerStatus {
  worker: { pid: number; started_at: string; uptime_seconds: number; version: string };
  policy_state: PolicyState;
  restart_churn: { restarts: number; window_seconds: number; threshold: number; exceeded: boolean };
  restart_history: Restart[];
  restart_history_problem: string | null;
  watchdog_running: boolean;
}

export function outcomeOf(restart: Restart): "refused" | "underWay" | "done" | "failed" {
  if (restart.decision === "refused") return "refused";
  if (restart.completed_at === null) return "underWay";
  return restart.success ? "done" : "failed";
}

export interface Alert {
  name:
    | "sustained_degradation"
    | "pool_saturation_warning"
    | "pool_saturation_critical"
    | "retry_pressure"
    | "restart_churn"
    | "data_quality_unreadable"
    | "data_quality_left_out";
  /** Dataset and column of an alert about data. */
  subject?: string | null;
  /** Seconds, a share from 0 to 1, or a number of restarts; the threshold as well. */
  measured: number;
  threshold: number;
}

/** The verdict over all: a healthy server may have findings, too. */
export function verdictOf({ status, resilience, errors, warnings }: SystemStatus): SystemStatus["status"] | "watched" {
  const findings = resilience.alerts.length + errors.length + warnings.length;
  return status === "healthy" && findings > 0 ? "watched" : status;
}

export interface SystemStatus {
  status: "healthy" | "degraded" | "unhealthy";
  version: string;
  services: { database: string; redis: string };
  degraded_reason: string | null;
  circuit_breaker: {
    state: "CLOSED" | "OPEN" | "HALF_OPEN";
    failure_count: number;
    total_count: number;
    window_size: number;
    failure_rate: number;
    last_failure_time: string | null;
    open_until: string | null;
    enabled: boolean;
    forced: "open" | "closed" | null;
  };
  database_pool: {
    runtime: Record<string, number | null>;
    state: {
      size: number;
      checked_out: number;
      overflow: number;
      checked_in: number;
      waiting: number;
      max_capacity: number;
      saturation: number;
    };
  };
  route_cache: {
    mode: string;
    degraded: boolean;
    l1: CacheLevel;
    l2: CacheLevel | null;
    entries: number;
    bytes: number;
    max_bytes: number;
  };
  resilience: {
    alerts: Alert[];
    retry_pressure: number;
    recovery_recommendation: { action: string; reason: string | null };
    degraded_since: string | null;
    sustained: boolean;
  };
  runtime_contract: { valid: boolean; errors: string[] };
  cache: CacheStatus;
  resource_cache: CacheStatus;
  equipment_status_cache: CacheStatus;
  workcenter_cache: CacheStatus;
  latencies: { database_ms: number | null; redis_ms: number | null };
  errors: string[];
  warnings: string[];
  worker_status: WorkerStatus;
}

export interface CallFigures {
  count: number;
  failed: number;
  p50_ms: number;
  p95_ms: number;
  p99_ms: number;
  max_ms: number;
}

export interface LastHour {
  minutes: MinuteFigures[];
  queries: {
    calls: Record<string, CallFigures>;
    slow_calls: { holder: string; ended_at: string; duration_ms: number; failed: boolean }[];
    slow_from_ms: number;
  };
}

export const LOG_LEVELS = ["error", "warn", "info", "debug", "trace"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogEntry {
  id: number;
  at: string;
  level: LogLevel;
  target: string;
  request_id: string | null;
  message: string;
  fields: Record<string, unknown>;
}

export interface LogPage {
  entries: LogEntry[];
  next_before: number | null;
  store: { entries: number; max_entries: number; retention_days: number; left_out: number };
}

/** `key=value key=value`, for the one line of an entry. */
export function fieldsLine(fields: Record<string, unknown>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");
}

export interface SessionEntry {
  id: string;
  user: string;
  role: Role;
  source: string;
  /** Whether it is the reader's own. */
  current: boolean;
  signed_in_at: string;
  last_seen_at: string;
  expires_at: string;
  address: string;
  user_agent: string;
}

export interface AuditEntry {
  id: number;
  at: string;
  actor: string;
  address: string;
  action: string;
  target: string | null;
  reason: string | null;
}
