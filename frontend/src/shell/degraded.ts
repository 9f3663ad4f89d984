// What people are told when not all is well: pure data, so that it can be tested.
import type { Condition, Connection, Dataset, Pause } from "../plant/livePlant";

/** Reasons that have words of their own; see `degraded_reason` of `/health`. */
export const REASONS = [
  "database_unreachable",
  "database_login_refused",
  "database_busy",
  "tables_unreadable",
  "circuit_breaker_open",
  "db_pool_saturated",
  "db_pool_leak_suspected",
  "app_database_unavailable",
  "app_database_full",
  "app_database_read_only",
  "redis_unavailable",
  "route_cache_degraded",
  "cache_stale",
] as const;

export interface Notice {
  /** Key of the sentence below `degraded`. */
  reason: (typeof REASONS)[number] | "offline" | "withheld" | "load" | "starting" | "other";
  /** Datasets that are not current, for the sentence. */
  datasets: Dataset[];
  /** When the next attempt comes, ms since 1970. */
  retryAt: number | undefined;
  /** Since when the oldest of the data is not known to be current, ms since 1970. */
  since: number | undefined;
}

export interface Situation {
  connection: Connection;
  reconnectAt: number | undefined;
  /** When the server is asked next, while it answers questions but its announcements don't arrive. */
  askAt: number | undefined;
  condition: Condition | undefined;
  paused: Pause | undefined;
  /** Datasets whose last download failed. */
  failed: Dataset[];
}

/** The reason behind an error code of the server. */
const REASON_OF_CODE: Record<string, Notice["reason"]> = {
  DB_POOL_EXHAUSTED: "db_pool_saturated",
  CIRCUIT_BREAKER_OPEN: "circuit_breaker_open",
  DB_CONNECTION_FAILED: "database_unreachable",
  SERVICE_UNAVAILABLE: "starting",
};

/** The gravest of what the datasets report; undefined for nothing. */
export function gravest(levels: ("notice" | "warning")[]): "notice" | "warning" | undefined {
  return levels.includes("warning") ? "warning" : levels[0];
}

/** The one thing to say; undefined when all is well. What keeps the page from the server comes first. */
export function noticeOf({ connection, reconnectAt, askAt, condition, paused, failed }: Situation): Notice | undefined {
  if (connection === "lost" && askAt !== undefined) return { reason: "withheld", datasets: [], retryAt: askAt, since: undefined };
  if (connection === "lost") return { reason: "offline", datasets: [], retryAt: reconnectAt, since: undefined };
  if (paused) return { reason: REASON_OF_CODE[paused.code] ?? "other", datasets: failed, retryAt: paused.retryAt, since: undefined };
  if (failed.length > 0) return { reason: "load", datasets: failed, retryAt: undefined, since: undefined };
  if (!condition?.degraded_reason) return undefined;
  const known = REASONS.find((reason) => reason === condition.degraded_reason);
  const times = Object.values(condition.stale).filter((time): time is string => typeof time === "string");
  return {
    reason: known ?? "other",
    datasets: Object.keys(condition.stale) as Dataset[],
    retryAt: undefined,
    since: times.length > 0 ? Math.min(...times.map((time) => Date.parse(time))) : undefined,
  };
}
