// Messages about degraded states: pure data, so that they can be tested.
import type { Schemas } from "../contract/api";
import type { Connection } from "../plant/liveness";
import type { Dataset, Pause } from "../plant/livePlant";
import { en } from "../words/en";

/** While announcements arrive, the server is there, and a single question may take its time, ms. */
const SLOW_MS = 15_000;

type Reason = keyof typeof en.degraded;

export interface Notice {
  /** Key of the sentence below `degraded`. */
  reason: Reason;
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
  /** When the server was last heard, ms since 1970. */
  heardAt: number | undefined;
  /** Since when nothing is answered, ms since 1970. */
  silentSince: number | undefined;
  now: number;
  /** Whether data of before is shown. */
  isHeld: boolean;
  /** When the server is asked next, while it answers questions but its announcements don't arrive. */
  askAt: number | undefined;
  condition: Schemas["ConditionEvent"] | undefined;
  paused: Pause | undefined;
  /** Datasets whose last download failed. */
  failed: Dataset[];
}

/** The reason's sentence: the server's `degraded_reason`, or an error code without one. */
function sentenceOf(reason: string): Reason {
  if (reason === "SERVICE_UNAVAILABLE") return "starting";
  return reason in en.degraded ? (reason as Reason) : "other";
}

/** The gravest of what the datasets report; undefined for nothing. */
export function gravest(levels: Schemas["Level"][]): "notice" | "warning" | undefined {
  return (["warning", "notice"] as const).find((level) => levels.includes(level));
}

/** The one thing to say; undefined when all is well. What keeps the page from the server comes first. */
export function noticeOf(situation: Situation): Notice | undefined {
  const { connection, reconnectAt, heardAt, silentSince, now, isHeld, askAt, condition, paused, failed } = situation;
  if (connection === "lost" && askAt !== undefined && silentSince === undefined)
    return { reason: "withheld", datasets: [], retryAt: askAt, since: undefined };
  if (connection === "lost") return { reason: "offline", datasets: [], retryAt: reconnectAt, since: isHeld ? heardAt : undefined };
  if (silentSince !== undefined && (connection === "connecting" || now - silentSince >= SLOW_MS))
    return { reason: "silent", datasets: [], retryAt: undefined, since: isHeld ? silentSince : undefined };
  if (paused) return { reason: sentenceOf(paused.reason), datasets: failed, retryAt: paused.retryAt, since: undefined };
  if (failed.length > 0) return { reason: "load", datasets: failed, retryAt: undefined, since: undefined };
  if (!condition?.degraded_reason) return undefined;
  const times = Object.values(condition.stale).filter((time): time is string => typeof time === "string");
  return {
    reason: sentenceOf(condition.degraded_reason),
    datasets: Object.keys(condition.stale) as Dataset[],
    retryAt: undefined,
    since: times.length > 0 ? Math.min(...times.map((time) => Date.parse(time))) : undefined,
  };
}
