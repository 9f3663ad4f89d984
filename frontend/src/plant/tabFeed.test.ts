import { describe, expect, it } from "vitest";

import { createTabFeed, type FeedMessage, type TabFeed } from "./tabFeed";

interface State {
  version: number;
}
type Post = { from: string; message: FeedMessage<State> };

/** Tabs of one browser: messages arrive in order, time passes by hand, and a frozen tab does neither hear nor think. */
function browser() {
  let now = 1_000_000;
  const tabs = new Map<
    string,
    { feed: TabFeed<State>; state: State; open: boolean; frozen: boolean; retries: number; missed: FeedMessage<State>[] }
  >();
  const mail: Post[] = [];

  function deliver(): void {
    for (let post = mail.shift(); post; post = mail.shift()) {
      for (const [id, tab] of tabs) {
        if (id === post.from) continue;
        if (tab.frozen) tab.missed.push(post.message);
        else tab.feed.hear(post.message);
      }
    }
  }
  function join(id: string, random = 0.5): void {
    const tab = { feed: undefined as unknown as TabFeed<State>, state: { version: 0 }, open: false, frozen: false, retries: 0, missed: [] };
    tab.feed = createTabFeed<State>(id, {
      now: () => now,
      random: () => random,
      post: (message) => mail.push({ from: id, message: structuredClone(message) }),
      open: () => (tab.open = true),
      close: () => (tab.open = false),
      retry: () => (tab.retries += 1),
      follow: (state) => (tab.state = state),
      state: () => tab.state,
    });
    tabs.set(id, tab);
    tab.feed.start();
    deliver();
  }
  /** Lets time pass; every tab's timer runs at most every `timerMs`, as for hidden ones. */
  function pass(ms: number, timerMs = 100): void {
    for (const end = now + ms; now < end;) {
      now += timerMs;
      for (const tab of tabs.values()) {
        const next = tab.feed.nextAt();
        if (!tab.frozen && next !== undefined && next <= now) tab.feed.tick();
        deliver();
      }
    }
  }
  const leaders = () => [...tabs].filter(([, tab]) => tab.open).map(([id]) => id);
  const tab = (id: string) => tabs.get(id)!;
  return {
    join,
    pass,
    leaders,
    tab,
    deliver,
    set: (ms: number) => (now += ms),
    announce(version: number): void {
      for (const { open, feed, state } of tabs.values()) {
        if (!open) continue;
        state.version = version;
        feed.publish();
      }
      deliver();
    },
    versions: () => [...tabs.values()].filter((one) => !one.frozen).map((one) => one.state.version),
    close(id: string): void {
      tab(id).feed.leave();
      tabs.delete(id);
      deliver();
    },
    crash: (id: string) => tabs.delete(id),
    thaw(id: string): void {
      const it = tab(id);
      it.frozen = false;
      for (const message of it.missed.splice(0)) it.feed.hear(message);
      it.feed.tick();
      deliver();
    },
  };
}

describe("one stream for all tabs", () => {
  it("is opened by the first tab, and all hear what it hears", () => {
    const all = browser();
    for (let n = 0; n < 8; n += 1) {
      all.join(`tab${n}`);
      all.pass(n === 0 ? 1_000 : 100);
    }
    all.pass(60_000);
    expect(all.leaders()).toEqual(["tab0"]);
    all.announce(7);
    expect(all.versions()).toEqual(Array(8).fill(7));
    all.join("late");
    expect(all.tab("late").state.version).toBe(7);
  });

  it("is one also where eight tabs open at once", () => {
    const all = browser();
    for (let n = 0; n < 8; n += 1) all.join(`tab${n}`);
    all.pass(1_000);
    expect(all.leaders()).toHaveLength(1);
    all.pass(60_000);
    expect(all.leaders()).toHaveLength(1);
  });

  it.each([
    ["closed", 500, (all: ReturnType<typeof browser>) => all.close("a")],
    ["killed", 17_000, (all: ReturnType<typeof browser>) => all.crash("a")],
    ["frozen", 17_000, (all: ReturnType<typeof browser>) => (all.tab("a").frozen = true)],
  ])("passes on when its tab is %s", (_, within, end) => {
    const all = browser();
    for (const id of ["a", "b", "c"]) {
      all.join(id);
      all.pass(1_000);
    }
    all.announce(1);
    end(all);
    all.pass(within);
    expect(all.leaders().filter((id) => id !== "a")).toHaveLength(1);
    all.announce(2);
    expect(all.versions()).toEqual([2, 2]);
  });

  it("is one again when a frozen tab thaws, whichever name is smaller", () => {
    for (const frozen of ["a", "z"]) {
      const all = browser();
      all.join(frozen);
      all.pass(1_000);
      all.join("m");
      all.tab(frozen).frozen = true;
      all.pass(20_000);
      expect(all.leaders()).toContain("m");
      all.thaw(frozen);
      all.pass(6_000);
      expect(all.leaders()).toHaveLength(1);
      all.announce(3);
      expect(all.versions()).toEqual([3, 3]);
    }
  });

  it("stays where it is while all are hidden and their timers run once a minute", () => {
    const all = browser();
    for (const id of ["b", "a", "c"]) {
      all.join(id);
      all.pass(1_000);
    }
    all.pass(3_600_000, 60_000);
    expect(all.leaders()).toEqual(["b"]);
  });

  it("outlives sleep and clocks that are set", () => {
    for (const jump of [86_400_000, -86_400_000]) {
      const all = browser();
      for (const id of ["a", "b"]) {
        all.join(id);
        all.pass(1_000);
      }
      all.set(jump);
      for (const id of ["b", "a"]) all.tab(id).feed.tick();
      all.deliver();
      all.pass(20_000);
      expect(all.leaders()).toEqual(["a"]);
      all.announce(5);
      expect(all.versions()).toEqual([5, 5]);
    }
  });

  it("is tried again by the tab that leads when any tab asks", () => {
    const all = browser();
    for (const id of ["a", "b"]) {
      all.join(id);
      all.pass(1_000);
    }
    expect(all.tab("b").feed.retry()).toBe(false);
    all.deliver();
    expect(all.tab("a").retries).toBe(1);
    expect(all.tab("a").feed.retry()).toBe(true);
  });

  it("comes back after a tab was away", () => {
    const all = browser();
    all.join("a");
    all.pass(1_000);
    all.tab("a").feed.leave();
    expect(all.tab("a").feed.nextAt()).toBeUndefined();
    all.pass(1_000);
    expect(all.leaders()).toEqual([]);
    all.tab("a").feed.start();
    all.pass(1_000);
    expect(all.leaders()).toEqual(["a"]);
  });
});
