// Whether numbers on the screen are those of now, and since when they are not.

/** The stream of announcements. */
export type Connection = "connecting" | "live" | "lost";

/** A download takes its time: what was announced may be missing for so long, ms. */
const GRACE_MS = 3_000;
/** Without announcements the server is asked after this long, and then so often, ms. */
const ASK_FIRST_MS = 8_000;
const ASK_MS = 20_000;
const ASK_CAP_MS = 300_000;

export type Level = "live" | "connecting" | "lost" | "stale" | "behind" | "asking" | "held" | "past";

export interface Followed {
  /** Whether what is shown is of another time than now. */
  isAway?: boolean;
  /** Whether a person holds what is shown. */
  isHeld?: boolean;
  connection: Connection;
  /** When the server last answered a question that replaces announcements; undefined while it doesn't. */
  askedAt: number | undefined;
  /** Whether the last download failed. */
  hasProblem: boolean;
  /** Whether the server says that the dataset is not current. */
  isStale: boolean;
  /** Since when something else than what is held is announced. */
  behindSince: number | undefined;
}

/** "Live" only while announcements arrive and what they announced is held. */
export function levelOf({ isAway, isHeld, connection, askedAt, hasProblem, isStale, behindSince }: Followed, now: number): Level {
  if (isAway) return "past";
  if (isHeld) return "held";
  if (behindSince !== undefined && (now - behindSince > GRACE_MS || now < behindSince))
    return connection === "lost" && askedAt === undefined ? "lost" : "behind";
  if (hasProblem) return "lost";
  if (connection === "lost") return askedAt === undefined ? "lost" : "asking";
  return isStale ? "stale" : connection;
}

/** Until the server is asked while its announcements don't arrive: soon, then now and then, more seldom when it fails. */
export function askDelayMs(attempts: number, failures: number, random: number): number {
  if (attempts === 0) return ASK_FIRST_MS * (0.75 + random / 2);
  const ceiling = Math.min(ASK_CAP_MS, ASK_MS * 2 ** Math.min(failures, 8));
  return ceiling * (0.75 + random / 2);
}
