// The operations page: facts, findings and columns of what the server reports.
import type { ChartTable } from "../../chart/ChartCard.vue";
import type { Schemas } from "../../contract/api";
import type { Level } from "../../figures/levels";
import { bytes, compact, count, milliseconds, percent } from "../../figures/numbers";
import { filterSet, type StateOf, viewState, viewText } from "../../filters/filterSet";
import { one, oneOf } from "../../filters/urlState";
import type { Column } from "../../table/column";
import { i18n } from "../../words/i18n";
import {
  type AuditEntry,
  LOG_LEVELS,
  type LogEntry,
  type SessionEntry,
  type SystemStatus,
  type verdictOf,
  type WorkerStatus,
} from "./systemStatus";

const { t, te } = i18n.global;

type Facts = [label: string, value: string | number][];

const LEVELS: Record<string, Level> = {
  CLOSED: "high",
  allowed: "high",
  current: "high",
  HALF_OPEN: "medium",
  cooldown: "medium",
  warn: "medium",
  OPEN: "low",
  blocked: "low",
  failed: "low",
  stale: "low",
  error: "low",
};

const isLevel = (text: string) => LOG_LEVELS.some((level) => level === text);

/** What the log shows, in the address of the page. */
export const logFilters = filterSet()({
  level: viewState<LogEntry["level"]>(
    "info",
    (query) => oneOf(query, "level", LOG_LEVELS) ?? "info",
    (level) => ({ level: level === "info" ? undefined : level }),
    isLevel,
  ),
  text: viewText("text"),
  /** Whether new entries are shown as they come. */
  follow: viewState<boolean>(
    false,
    (query) => one(query, "follow") === "true",
    (follow) => ({ follow: follow ? "true" : undefined }),
  ),
});
export type LogState = StateOf<(typeof logFilters)["filters"]>;

/** The level of a state of the breaker, the worker, a table in memory or the log. */
export function stateLevel(state: string): Level {
  return LEVELS[state] ?? "none";
}

export function verdictLevel(verdict: ReturnType<typeof verdictOf>): Level {
  if (verdict === "healthy") return "high";
  return verdict === "unhealthy" ? "low" : "medium";
}

/** What an alert's sentence needs, shares in percent. */
export function alertFigures({ name, subject, measured, threshold }: Schemas["Alert"]): {
  subject?: string;
  measured: number;
  threshold: number;
} {
  if (name === "sustained_degradation" || name === "restart_churn") return { measured, threshold };
  const figures = { measured: Math.round(measured * 100), threshold: Math.round(threshold * 100) };
  return subject ? { subject, ...figures } : figures;
}

export interface Finding {
  key: string;
  level: "error" | "warn";
  title?: string;
  text: string;
}

/** Everything to look at, the gravest first. */
export function findingsOf({ resilience, errors, warnings }: SystemStatus): Finding[] {
  const alerts = resilience.alerts.map((alert): Finding => ({
    key: `${alert.name} ${alert.subject}`,
    level: "error",
    title: t(`admin.alert.${alert.name}.title`),
    text: t(`admin.alert.${alert.name}.figures`, alertFigures(alert)),
  }));
  const plain = (level: Finding["level"]) => (text: string) => ({ key: text, level, text });
  return [...alerts, ...errors.map(plain("error")), ...warnings.map(plain("warn"))];
}

export function poolFacts({ database_pool, resilience }: SystemStatus): Facts {
  const { checked_out, max_capacity, size, waiting } = database_pool.state;
  return [
    [t("admin.pool.inUse"), `${checked_out} / ${max_capacity}`],
    [t("admin.pool.open"), size],
    [t("admin.pool.waiting"), waiting],
    [t("admin.pressure"), percent(resilience.retry_pressure * 100)],
  ];
}

export function breakerFacts(breaker: SystemStatus["circuit_breaker"], lastFailure: string): Facts {
  const { failure_count, total_count, failure_rate } = breaker;
  return [
    [t("admin.breaker.failed"), `${failure_count} / ${total_count} (${percent(failure_rate * 100)})`],
    [t("admin.breaker.lastFailure"), lastFailure],
  ];
}

export function answerFacts({ route_cache }: SystemStatus): Facts {
  const { l1, l2, entries, bytes: held, max_bytes } = route_cache;
  return [
    [t("admin.answers.memory"), `${percent(l1.hit_rate * 100)} · ${count(l1.hits)} / ${count(l1.hits + l1.misses)}`],
    ...(l2 ? ([["Redis", percent(l2.hit_rate * 100)]] as Facts) : []),
    [t("admin.answers.held"), `${count(entries)} · ${bytes(held)} / ${bytes(max_bytes)}`],
  ];
}

export function workerFacts({ restart_churn }: WorkerStatus, contractKept: boolean): Facts {
  const { restarts, threshold, window_seconds } = restart_churn;
  const inWindow = t("admin.worker.window", { min: Math.round(window_seconds / 60) });
  return [
    [t("admin.worker.restarts"), `${restarts} / ${threshold} ${inWindow}`],
    [t("admin.worker.contract"), contractKept ? t("admin.worker.kept") : t("admin.worker.broken")],
  ];
}

export function seriesNames() {
  return { requests: t("admin.requests"), errors: t("admin.serverErrors"), p50: "p50", p95: "p95", p99: "p99" };
}

const time = (moment: string) => new Date(moment).toLocaleString("sv-SE");

/** The chart of the last hour as a table, newest first. */
export function hourTable(minutes: readonly Schemas["MinuteFigures"][]): ChartTable {
  return {
    head: [t("admin.audit.at"), ...Object.values(seriesNames())],
    rows: minutes
      .map(({ minute, requests, server_errors, p50_ms, p95_ms, p99_ms }) => [
        time(minute),
        requests,
        server_errors,
        ...[p50_ms, p95_ms, p99_ms].map(milliseconds),
      ])
      .toReversed(),
  };
}

const CACHES = ["cache", "resource_cache", "equipment_status_cache", "workcenter_cache"] as const;
type CacheRow = Schemas["CacheHealth"] & { name: (typeof CACHES)[number] };

export function cacheRows(status: SystemStatus): CacheRow[] {
  return CACHES.map((name) => ({ name, ...status[name] }));
}

export function cacheColumns(): Column<CacheRow>[] {
  const size = (key: string, value: (row: CacheRow) => number | null | undefined): Column<CacheRow> => ({
    key,
    label: t(`admin.caches.${key}`),
    value: (row) => value(row) ?? undefined,
    text: (row) => {
      const known = value(row);
      return known == null ? "–" : bytes(known);
    },
    num: true,
  });
  const isOld = ({ derived_index }: CacheRow) => (derived_index.fresh ? "" : ` ${t("shell.stale")}`);
  return [
    { key: "data", label: t("admin.caches.data"), value: ({ name }) => t(`admin.caches.${name}`) },
    { key: "rows", label: t("admin.caches.rows"), value: ({ rows }) => rows, text: ({ rows }) => count(rows), num: true },
    { key: "current", label: t("admin.caches.current"), value: ({ stale }) => (stale ? t("shell.stale") : t("admin.caches.yes")) },
    { key: "version", label: t("admin.caches.version"), value: ({ version }) => version?.slice(0, 8) },
    size("memory", (row) => row.table_bytes),
    { ...size("index", (row) => row.derived_index.bytes), text: (row) => bytes(row.derived_index.bytes) + isOld(row) },
    size("wire", (row) => row.wire_bytes.zstd),
    {
      key: "ratio",
      label: t("admin.caches.ratio"),
      value: (row) => row.amplification_ratio,
      text: (row) => `${row.amplification_ratio.toFixed(1)}×`,
      num: true,
    },
  ];
}

type CallRow = Schemas["CallFigures"] & { name: string };

export function callRows(calls: Readonly<Record<string, Schemas["CallFigures"]>>): CallRow[] {
  return Object.entries(calls).map(([name, figures]) => ({ name, ...figures }));
}

export function callColumns(): Column<CallRow>[] {
  const figure = (key: keyof Schemas["CallFigures"], label: string, text: (value: number) => string): Column<CallRow> => ({
    key,
    label,
    value: (row) => row[key],
    text: (row) => text(row[key]),
    num: true,
  });
  return [
    { key: "name", label: t("admin.calls.name"), value: ({ name }) => name },
    figure("count", t("admin.calls.count"), compact),
    figure("failed", t("admin.calls.failed"), compact),
    figure("p50_ms", "p50", milliseconds),
    figure("p95_ms", "p95", milliseconds),
    figure("p99_ms", "p99", milliseconds),
    figure("max_ms", t("admin.calls.longest"), milliseconds),
  ];
}

export function sessionColumns(): Column<SessionEntry>[] {
  const column = (key: string, value: Column<SessionEntry>["value"], width?: number): Column<SessionEntry> => ({
    key,
    label: t(`admin.sessions.${key}`),
    value,
    ...(width && { width }),
  });
  return [
    column("user", ({ user }) => user),
    column("role", ({ role }) => t(`session.roles.${role}`)),
    column("since", (entry) => entry.signed_in_at),
    column("seen", (entry) => entry.last_seen_at),
    column("from", ({ address }) => address, 220),
    column("end", () => undefined, 130),
  ];
}

export function auditColumns(): Column<AuditEntry>[] {
  const named = (action: string) => (te(`admin.audit.actions.${action}`) ? t(`admin.audit.actions.${action}`) : action);
  return [
    { key: "at", label: t("admin.audit.at"), value: ({ at }) => time(at), width: 150 },
    { key: "who", label: t("admin.audit.who"), value: ({ actor }) => actor, width: 110 },
    { key: "what", label: t("admin.audit.what"), value: ({ action }) => named(action), width: 140 },
    { key: "why", label: t("admin.audit.why"), value: ({ reason }) => reason, width: 140 },
  ];
}

export function logLevels(): { value: string; label: string }[] {
  return LOG_LEVELS.map((level) => ({ value: level, label: t(`admin.log.levels.${level}`) }));
}

export function logColumns(): Column<LogEntry>[] {
  return [
    { key: "at", label: t("admin.audit.at"), value: ({ at }) => time(at), width: 150 },
    { key: "level", label: t("admin.log.level"), value: ({ level }) => level.toUpperCase() },
    { key: "message", label: t("admin.log.message"), value: ({ message }) => message, width: 200 },
  ];
}
