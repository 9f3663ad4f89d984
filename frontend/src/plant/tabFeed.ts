// One tab of a browser holds the event stream for all of them, because a browser opens few connections to one server. The tabs
// agree by messages, because locks are missing on plain HTTP. A hidden tab's timers may run once per minute, but it responds to
// messages immediately; so followers probe the leader, and one that does not respond is replaced. Pure: time, messages and the
// stream belong to the caller.

/** A tab that opens waits so long for one that leads, ms. */
const FIRST_ANSWER_MS = 800;
/** The leader repeats what it knows, ms. */
export const BEAT_MS = 5_000;
/** A leader that was not heard for so long is asked whether it is there, ms. */
const QUIET_MS = 12_000;
/** It has so long to answer, ms. */
const ANSWER_MS = 4_000;
/** After a leader's farewell the others apply within this time, each at its own moment, ms. */
const SUCCESSION_MS = 400;

export type FeedMessage<State> =
  | { kind: "ask"; from: string }
  | { kind: "lead"; from: string; state: State }
  | { kind: "leave"; from: string }
  | { kind: "retry"; from: string };

export interface FeedIo<State> {
  /** ms; only differences count. */
  now(): number;
  /** From 0 to below 1. */
  random(): number;
  post(message: FeedMessage<State>): void;
  /** This tab leads: it opens the stream and publishes what comes. */
  open(): void;
  /** This tab leads no more. */
  close(): void;
  /** Another tab wants the stream to be tried now. */
  retry(): void;
  /** What the leader knows. */
  follow(state: State): void;
  /** What this tab knows, for when it leads. */
  state(): State;
}

type Role =
  | { name: "away" }
  | { name: "seeking"; at: number; waitMs: number }
  | { name: "following"; leader: string; heardAt: number; askedAt: number | undefined }
  | { name: "leading"; beatAt: number };

export interface TabFeed<State> {
  /** Takes part, from the beginning or again. */
  start(): void;
  /** This tab is closed or put to sleep. */
  leave(): void;
  hear(message: FeedMessage<State>): void;
  /** Something happened in the stream of the leader. */
  publish(): void;
  /** To be called at `nextAt`, and whenever time may have jumped. */
  tick(): void;
  /** When `tick` is needed; undefined while this tab takes no part. */
  nextAt(): number | undefined;
  /** Asks the leader to try now; true when this tab itself leads. */
  retry(): boolean;
  isLeading(): boolean;
}

/** A tab named `id`; ids differ and are compared when two lead. */
export function createTabFeed<State>(id: string, io: FeedIo<State>): TabFeed<State> {
  let role: Role = { name: "away" };

  /** ms since then; a clock that was set back tells nothing, so that it counts as long. */
  function elapsed(at: number): number {
    const ms = io.now() - at;
    return ms < 0 ? Number.POSITIVE_INFINITY : ms;
  }

  function beat(): void {
    role = { name: "leading", beatAt: io.now() };
    io.post({ kind: "lead", from: id, state: io.state() });
  }

  function seek(waitMs: number): void {
    if (role.name === "leading") io.close();
    role = { name: "seeking", at: io.now(), waitMs };
  }

  function follow(leader: string, state: State): void {
    if (role.name === "leading") io.close();
    role = { name: "following", leader, heardAt: io.now(), askedAt: undefined };
    io.follow(state);
  }

  function lead(): void {
    beat();
    io.open();
  }

  return {
    start() {
      if (role.name !== "away") return;
      seek(FIRST_ANSWER_MS);
      io.post({ kind: "ask", from: id });
    },
    leave() {
      if (role.name === "leading") {
        io.close();
        io.post({ kind: "leave", from: id });
      }
      role = { name: "away" };
    },
    hear(message) {
      if (role.name === "away" || message.from === id) return;
      if (message.kind === "lead") {
        // Two leaders, for instance after one was frozen: the smaller id stays, and announces it.
        if (role.name === "leading" && id < message.from) beat();
        else follow(message.from, message.state);
      } else if (message.kind === "ask") {
        if (role.name === "leading") beat();
      } else if (message.kind === "leave") {
        if (role.name === "following" && role.leader === message.from) seek(SUCCESSION_MS * io.random());
      } else if (role.name === "leading") io.retry();
    },
    publish() {
      if (role.name === "leading") beat();
    },
    tick() {
      if (role.name === "seeking" && elapsed(role.at) >= role.waitMs) lead();
      else if (role.name === "leading" && elapsed(role.beatAt) >= BEAT_MS) beat();
      else if (role.name === "following") {
        if (role.askedAt !== undefined && elapsed(role.askedAt) >= ANSWER_MS) lead();
        else if (role.askedAt === undefined && elapsed(role.heardAt) >= QUIET_MS) {
          role.askedAt = io.now();
          io.post({ kind: "ask", from: id });
        }
      }
    },
    nextAt() {
      if (role.name === "away") return undefined;
      if (role.name === "seeking") return role.at + role.waitMs;
      if (role.name === "leading") return role.beatAt + BEAT_MS;
      return role.askedAt === undefined ? role.heardAt + QUIET_MS : role.askedAt + ANSWER_MS;
    },
    retry() {
      if (role.name === "leading") return true;
      io.post({ kind: "retry", from: id });
      return false;
    },
    isLeading: () => role.name === "leading",
  };
}
