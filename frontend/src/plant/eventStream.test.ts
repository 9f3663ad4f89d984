import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { openEventStream, reconnectDelayMs } from "./eventStream";

class FakeSource extends EventTarget {
  static made: FakeSource[] = [];
  closed = false;
  constructor(readonly url: string) {
    super();
    FakeSource.made.push(this);
  }
  close(): void {
    this.closed = true;
  }
  tell(name: string, data?: unknown): void {
    this.dispatchEvent(data === undefined ? new Event(name) : new MessageEvent(name, { data: JSON.stringify(data) }));
  }
}

describe("reconnectDelayMs", () => {
  it("grows, is spread over its whole range and capped", () => {
    expect(reconnectDelayMs(0, 0)).toBe(1_000);
    expect(reconnectDelayMs(0, 0.999)).toBeLessThan(4_000);
    expect(reconnectDelayMs(3, 0.5)).toBe(13_000);
    expect(reconnectDelayMs(1_000, 0.999)).toBeLessThan(61_001);
  });
});

describe("openEventStream", () => {
  const seen: string[] = [];
  let quietMs: number | undefined;
  const handlers = {
    onOpen: () => seen.push("open"),
    onLost: (retryAt: number, heardAt?: number) => {
      seen.push(`lost ${retryAt - Date.now()}`);
      quietMs = heardAt && Date.now() - heardAt;
    },
    on: { snapshot: (data: unknown) => seen.push(JSON.stringify(data)) },
  };
  const last = () => FakeSource.made.at(-1)!;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    vi.stubGlobal("EventSource", FakeSource);
    FakeSource.made = [];
    seen.length = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  it("hands events on and connects again after a wait that doubles", () => {
    openEventStream("/api/events", handlers);
    last().tell("open");
    expect(seen).toEqual([]);
    last().tell("snapshot", { dataset: "wip" });
    last().tell("error");
    expect(last().closed).toBe(true);
    expect(seen).toEqual(["open", '{"dataset":"wip"}', "lost 2500"]);
    vi.advanceTimersByTime(2_499);
    expect(FakeSource.made).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(FakeSource.made).toHaveLength(2);
    last().tell("error");
    expect(seen.at(-1)).toBe("lost 4000");
    vi.advanceTimersByTime(4_000);
    last().tell("heartbeat");
    last().tell("error");
    expect(seen.at(-1)).toBe("lost 2500");
  });

  it("does not take a header without words for a connection", () => {
    openEventStream("/api/events", handlers);
    for (const wait of ["lost 2500", "lost 4000", "lost 7000"]) {
      last().tell("open");
      vi.advanceTimersByTime(9_999);
      expect(last().closed).toBe(false);
      vi.advanceTimersByTime(1);
      expect(seen.at(-1)).toBe(wait);
      vi.advanceTimersByTime(7_000);
    }
    expect(seen).not.toContain("open");
  });

  it("connects at once after a sleep, and not while words come", () => {
    const stream = openEventStream("/api/events", handlers);
    last().tell("heartbeat");
    stream.wake();
    expect(FakeSource.made).toHaveLength(1);
    vi.setSystemTime(Date.now() + 3_600_000);
    stream.wake();
    expect(FakeSource.made).toHaveLength(2);
    last().tell("heartbeat");
    last().tell("error");
    stream.wake();
    expect(FakeSource.made).toHaveLength(4 - 1);
    stream.close();
    vi.advanceTimersByTime(600_000);
    expect(FakeSource.made).toHaveLength(3);
  });

  it("takes silence for a dead connection, and a heartbeat for a sign of life", () => {
    openEventStream("/api/events", handlers);
    last().tell("open");
    vi.advanceTimersByTime(39_000);
    last().tell("heartbeat");
    vi.advanceTimersByTime(39_000);
    expect(last().closed).toBe(false);
    vi.advanceTimersByTime(1_000);
    expect(FakeSource.made[0]!.closed).toBe(true);
    expect(seen.at(-1)).toMatch(/^lost/);
    expect(quietMs, "since the last sign").toBe(40_000);
  });

  it("comes back after a farewell without a loss, unless nobody answers", () => {
    openEventStream("/api/events", handlers);
    last().tell("heartbeat");
    last().tell("farewell", { return_ms: 700 });
    expect(last().closed).toBe(true);
    vi.advanceTimersByTime(699);
    expect(FakeSource.made).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(FakeSource.made).toHaveLength(2);
    expect(seen).toEqual(["open"]);
    last().tell("error");
    expect(seen.at(-1)).toBe("lost 2500");
  });

  it("connects at once when asked, and only once", () => {
    const stream = openEventStream("/api/events", handlers);
    last().tell("error");
    stream.connectNow();
    expect(FakeSource.made).toHaveLength(2);
    vi.advanceTimersByTime(30_000);
    expect(FakeSource.made).toHaveLength(2);
  });
});
