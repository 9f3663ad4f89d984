// The server's announcements, by one stream for all tabs of a browser where
// tabs can talk to each other. Where they can't, each has its own while it is
// seen: browsers open only six connections to one server over HTTP/1.1.
import { type EventStream, openEventStream, type StreamHandlers } from "./eventStream";
import { isSeen } from "./seen";
import { createTabFeed, type FeedMessage, type TabFeed } from "./tabFeed";

/** A hidden tab without others keeps its stream for a short look elsewhere, ms. */
const HIDDEN_MS = 10_000;
/** Attempts that other tabs ask for come at most so often, ms. */
const RETRY_EVERY_MS = 2_000;
/** A timer that is late by so much slept, ms; none is longer, so that a clock that is set does not matter. */
const SLEPT_MS = 15_000;

/** All that was announced so far; a tab that joins needs nothing else. */
export interface StreamState {
  connection: "connecting" | "live" | "lost";
  retryAt: number | undefined;
  /** When the server was last heard before the connection was lost, ms since 1970; undefined while it is there. */
  heardAt: number | undefined;
  /** How often the stream was opened. */
  opened: number;
  /** The last event of every name and subject. */
  events: Record<string, { name: string; data: unknown }>;
}

/** What tells one event from another of the same name: the dataset that it is about. */
function subjectOf(name: string, data: unknown): string {
  const dataset = (data as { dataset?: unknown } | null)?.dataset;
  return typeof dataset === "string" ? `${name} ${dataset}` : name;
}

/** A channel to the other tabs; undefined where there is none or it is forbidden. */
function openChannel(name: string): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(name);
  } catch {
    return undefined;
  }
}

/** Follows `url` until the page goes away. */
export function openSharedStream(url: string, handlers: StreamHandlers): Pick<EventStream, "connectNow"> {
  const state: StreamState = { connection: "connecting", retryAt: undefined, heardAt: undefined, opened: 0, events: {} };
  let stream: EventStream | undefined;
  let feed: TabFeed<StreamState> | undefined;
  let tried = Number.NEGATIVE_INFINITY;

  function connected({ connection, retryAt, heardAt, opened }: Omit<StreamState, "events">): void {
    if (state.connection === connection && state.retryAt === retryAt && state.opened === opened) return;
    // A tab that takes over an outage has heard nothing itself.
    Object.assign(state, { connection, retryAt, opened, heardAt: connection === "lost" ? (heardAt ?? state.heardAt) : undefined });
    if (connection === "live") handlers.onOpen();
    else if (connection === "lost") handlers.onLost(retryAt ?? Date.now(), state.heardAt);
  }

  function happened(name: string, data: unknown): void {
    state.events[subjectOf(name, data)] = { name, data };
    handlers.on[name]?.(data);
  }

  /** Leaders repeat themselves. */
  function isKnown(name: string, data: unknown): boolean {
    return JSON.stringify(state.events[subjectOf(name, data)]?.data) === JSON.stringify(data);
  }

  function open(): void {
    stream?.close();
    stream = openEventStream(url, {
      onOpen() {
        connected({ connection: "live", retryAt: undefined, heardAt: undefined, opened: state.opened + 1 });
        feed?.publish();
      },
      onLost(retryAt, heardAt) {
        connected({ connection: "lost", retryAt, heardAt, opened: state.opened });
        feed?.publish();
      },
      on: Object.fromEntries(
        Object.keys(handlers.on).map((name) => [
          name,
          (data: unknown) => {
            happened(name, data);
            feed?.publish();
          },
        ]),
      ),
    });
  }

  function close(): void {
    stream?.close();
    stream = undefined;
  }

  const channel = openChannel(`mes-events ${url}`);
  if (!channel) {
    let hiding: ReturnType<typeof setTimeout> | undefined;
    document.addEventListener("visibilitychange", () => {
      clearTimeout(hiding);
      if (!isSeen()) hiding = setTimeout(close, HIDDEN_MS);
      else if (!stream) open();
      else stream.wake();
    });
    window.addEventListener("online", () => stream?.wake());
    window.addEventListener("pagehide", close);
    window.addEventListener("pageshow", (event) => event.persisted && open());
    open();
    return { connectNow: () => stream?.connectNow() };
  }

  const post = (message: FeedMessage<StreamState>) => {
    try {
      channel.postMessage(message);
    } catch {
      // A channel that the browser closed: the other tabs notice the silence.
    }
  };
  const tabs = createTabFeed<StreamState>(crypto.getRandomValues(new Uint32Array(2)).join("-"), {
    now: Date.now,
    random: Math.random,
    post,
    open,
    close,
    retry() {
      if (state.connection !== "lost" || Date.now() - tried < RETRY_EVERY_MS) return;
      tried = Date.now();
      stream?.connectNow();
    },
    follow(theirs) {
      const isNews = state.connection === "connecting" && theirs.connection === "lost";
      for (const { name, data } of Object.values(theirs.events)) if (!isKnown(name, data)) happened(name, data);
      connected(theirs);
      // A page that was just opened should not wait for the end of another one's patience.
      if (isNews) tabs.retry();
    },
    state: () => state,
  });
  feed = tabs;

  let timer: ReturnType<typeof setTimeout> | undefined;
  let due = 0;
  function plan(): void {
    clearTimeout(timer);
    const next = tabs.nextAt();
    if (next === undefined) return;
    due = next;
    timer = setTimeout(run, Math.min(SLEPT_MS, Math.max(0, next - Date.now())));
  }
  function run(): void {
    if (Date.now() - due > SLEPT_MS) stream?.wake();
    tabs.tick();
    plan();
  }
  /** Time may have jumped, or a person looks: what is silent is asked at once. */
  function wake(): void {
    if (tabs.isLeading()) stream?.wake();
    run();
  }
  channel.addEventListener("message", (event: MessageEvent<FeedMessage<StreamState>>) => {
    tabs.hear(event.data);
    plan();
  });
  const leave = () => {
    tabs.leave();
    plan();
  };
  const start = () => {
    tabs.start();
    plan();
  };
  window.addEventListener("pagehide", leave);
  document.addEventListener("freeze", leave);
  window.addEventListener("pageshow", (event) => event.persisted && start());
  document.addEventListener("resume", start);
  document.addEventListener("visibilitychange", () => isSeen() && wake());
  window.addEventListener("online", wake);
  start();
  return {
    connectNow() {
      if (tabs.retry()) stream?.connectNow();
    },
  };
}
