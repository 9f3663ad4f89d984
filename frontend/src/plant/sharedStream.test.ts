import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { StreamHandlers } from "./eventStream";
import { openSharedStream } from "./sharedStream";

interface Opened {
  handlers: StreamHandlers;
  closed: boolean;
  connects: number;
}
const streams = vi.hoisted(() => [] as Opened[]);
vi.mock("./eventStream", () => ({
  openEventStream: (_: string, handlers: StreamHandlers) => {
    const opened: Opened = { handlers, closed: false, connects: 0 };
    streams.push(opened);
    return { connectNow: () => (opened.connects += 1), wake: () => (opened.connects += 1), close: () => (opened.closed = true) };
  },
}));

/** A page: what happens to it, and what it was told. */
function page() {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const window = new EventTarget();
  const told: string[] = [];
  vi.stubGlobal("document", document);
  vi.stubGlobal("window", window);
  const stream = openSharedStream("/api/events", {
    onOpen: () => told.push("open"),
    onLost: (_, heardAt) => told.push(`lost ${heardAt}`),
    on: { snapshot: (data) => told.push(JSON.stringify(data)) },
  });
  const show = (visibilityState: string) => {
    document.visibilityState = visibilityState;
    document.dispatchEvent(new Event("visibilitychange"));
  };
  return { told, stream, show, window, document };
}

/** A channel that delivers at once, as tabs of one browser have it. */
class Channel extends EventTarget {
  static all: Channel[] = [];
  constructor() {
    super();
    Channel.all.push(this);
  }
  postMessage(data: unknown): void {
    for (const other of Channel.all) if (other !== this) other.dispatchEvent(new MessageEvent("message", { data: structuredClone(data) }));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  streams.length = 0;
  Channel.all = [];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
const open = () => streams.filter((stream) => !stream.closed);

describe("tabs that can talk to each other", () => {
  beforeEach(() => vi.stubGlobal("BroadcastChannel", Channel));

  it("share one stream and all that it brings", () => {
    const tabs = [page()];
    vi.advanceTimersByTime(1_000);
    for (let n = 1; n < 8; n += 1) tabs.push(page());
    vi.advanceTimersByTime(60_000);
    expect(streams).toHaveLength(1);
    streams[0]!.handlers.onOpen();
    streams[0]!.handlers.on.snapshot!({ dataset: "wip", version: "2" });
    streams[0]!.handlers.on.snapshot!({ dataset: "resource", version: "1" });
    vi.advanceTimersByTime(60_000);
    tabs.push(page());
    for (const { told } of tabs)
      expect(told).toEqual(
        told[0] === "open"
          ? ["open", '{"dataset":"wip","version":"2"}', '{"dataset":"resource","version":"1"}']
          : ['{"dataset":"wip","version":"2"}', '{"dataset":"resource","version":"1"}', "open"],
      );
    streams[0]!.handlers.onLost(0, 7);
    for (const { told } of tabs) expect(told.at(-1)).toBe("lost 7");
    // A tab that opens now does not wait for the end of the pause.
    page();
    expect(streams[0]!.connects).toBe(1);
  });

  it("hand it on when its tab is closed", () => {
    const first = page();
    vi.advanceTimersByTime(1_000);
    const others = [page(), page()];
    streams[0]!.handlers.onOpen();
    streams[0]!.handlers.onLost(0, 7);
    first.window.dispatchEvent(new Event("pagehide"));
    vi.advanceTimersByTime(500);
    expect(streams).toHaveLength(2);
    expect(open()).toHaveLength(1);
    // The new stream has heard nothing yet.
    streams[1]!.handlers.onLost(1, undefined);
    for (const { told } of others) expect(told.at(-1)).toBe("lost 7");
  });
});

describe("a tab alone", () => {
  beforeEach(() =>
    vi.stubGlobal(
      "BroadcastChannel",
      class {
        constructor() {
          throw new DOMException("denied", "SecurityError");
        }
      },
    ),
  );

  it("has its own stream while it is seen", () => {
    const { show, told } = page();
    expect(open()).toHaveLength(1);
    streams[0]!.handlers.onOpen();
    show("hidden");
    vi.advanceTimersByTime(9_999);
    show("visible");
    expect(open()).toHaveLength(1);
    show("hidden");
    vi.advanceTimersByTime(10_000);
    expect(open()).toEqual([]);
    show("visible");
    expect(open()).toHaveLength(1);
    expect(told).toEqual(["open"]);
  });
});
