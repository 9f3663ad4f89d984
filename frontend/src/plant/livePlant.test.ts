import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { StreamHandlers } from "./eventStream";

const update = vi.hoisted(() => vi.fn<(dataset: string) => Promise<unknown>>());

vi.mock("mes-compute-wasm?url", () => ({ default: "" }));
vi.mock("mes-compute", () => {
  class Store {
    ready = false;
    update = (_api: unknown, dataset = "wip") => update(dataset);
  }
  return {
    default: () => Promise.resolve(),
    facts: () => ({}),
    fields: () => ({}),
    LotStore: Store,
    EquipmentStore: Store,
    MesApi: class {
      onEvent(): void {}
      retryNow(): void {}
    },
  };
});
const page = vi.hoisted(() => ({ isSeen: true }));
vi.mock("./seen", () => ({ isSeen: () => page.isSeen }));
const hand = vi.hoisted(() => ({ rests: Promise.resolve() }));
vi.mock("./hand", () => ({ createHand: () => ({ rests: () => hand.rests }) }));
vi.mock("../contract/addresses", () => ({ base: "", at: (path: string) => path, within: (path: string) => path }));
const stream = vi.hoisted(() => ({ handlers: undefined as StreamHandlers | undefined }));
vi.mock("./sharedStream", () => ({
  openSharedStream: (_: string, handlers: StreamHandlers) => {
    stream.handlers = handlers;
    return { connectNow: () => {} };
  },
}));

const full = (version: string) => ({ kind: "full", info: { version }, bytes: 1, updatedAt: null, stale: false });
const broken = Object.assign(new Error("the body broke off"), { code: "NETWORK_ERROR" });

/** A plant that holds version "1" of everything, with its stream open. */
async function plant() {
  vi.resetModules();
  vi.stubGlobal("fetch", () => Promise.resolve(new Response()));
  update.mockImplementation(() => Promise.resolve(full("1")));
  const { livePlant } = await import("./livePlant");
  await livePlant.start(
    () => undefined,
    () => undefined,
  );
  const { onOpen, onLost, on } = stream.handlers!;
  onOpen();
  update.mockClear();
  const announce = async (version: string) => {
    on.snapshot!({ dataset: "wip", version, rows: 1, updated_at: "2026-11-01T00:00:00Z" });
    await vi.advanceTimersByTimeAsync(0);
  };
  const { wip } = livePlant.status;
  /** The third question is answered with version "2", and there is no fourth. */
  const comesThrough = async () => {
    update.mockResolvedValue(full("2"));
    await vi.advanceTimersByTimeAsync(22_500);
    expect(wip).toMatchObject({ info: { version: "2" }, problem: undefined });
    await vi.advanceTimersByTimeAsync(600_000);
    expect(update).toHaveBeenCalledTimes(3);
  };
  return { livePlant, wip, announce, comesThrough, onOpen, onLost };
}

describe("a download that does not bring what it should", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    page.isSeen = true;
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("is tried again by itself until it works, and then no more", async () => {
    const { wip, announce, comesThrough } = await plant();
    update.mockRejectedValue(broken);
    await announce("2");
    expect(wip.problem?.code).toBe("NETWORK_ERROR");
    await vi.advanceTimersByTimeAsync(22_499);
    expect(update).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(update).toHaveBeenCalledTimes(2);
    await comesThrough();
  });

  it("is not tried again when a newer announcement or somebody's wish came first", async () => {
    const { livePlant, wip, announce } = await plant();
    update.mockRejectedValue(broken);
    await announce("2");
    await vi.advanceTimersByTimeAsync(20_000);
    await announce("3");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(update).toHaveBeenCalledTimes(2);
    update.mockResolvedValue(full("3"));
    livePlant.retry();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(update).toHaveBeenCalledTimes(3);
    expect(wip.info?.version).toBe("3");
  });

  it("brings what was announced while it was under way", async () => {
    const { wip, announce } = await plant();
    let fail: (problem: unknown) => void;
    update.mockReturnValueOnce(new Promise((_, reject) => (fail = reject)));
    await announce("2");
    await announce("3");
    expect(update).toHaveBeenCalledTimes(1);
    fail!(broken);
    update.mockResolvedValue(full("3"));
    await vi.advanceTimersByTimeAsync(22_500);
    expect(wip).toMatchObject({ info: { version: "3" }, problem: undefined });
  });

  it("waits where one server does not have yet what another one announced", async () => {
    const { announce, comesThrough } = await plant();
    await announce("2");
    expect(update).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(22_500);
    expect(update).toHaveBeenCalledTimes(2);
    await comesThrough();
  });

  it("asks ever more seldom where neither announcements nor answers come, until the stream is back", async () => {
    const { livePlant, wip, announce, onOpen, onLost } = await plant();
    update.mockRejectedValue(broken);
    await announce("2");
    onLost(0, undefined);
    await vi.advanceTimersByTimeAsync(600_000);
    // One for the announcement, then after 8, 40, 80, 160 and 300 s.
    expect(update).toHaveBeenCalledTimes(1 + 5);
    expect(livePlant.asked.value).toBeUndefined();
    update.mockResolvedValue(full("2"));
    onOpen();
    await vi.advanceTimersByTimeAsync(22_500);
    expect(wip).toMatchObject({ info: { version: "2" }, problem: undefined });
  });
});

describe("announcements that don't arrive", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    page.isSeen = true;
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("are replaced by questions now and then, while the page is seen", async () => {
    const { livePlant, wip, onOpen, onLost } = await plant();
    onLost(0, undefined);
    update.mockResolvedValue({
      kind: "unchanged",
      info: { version: "1" },
      bytes: 0,
      updatedAt: Date.parse("2026-11-01T00:00:30Z"),
      stale: false,
    });
    await vi.advanceTimersByTimeAsync(8_000);
    expect(update).toHaveBeenCalledTimes(4);
    expect(update.mock.calls[0]).toEqual(["wip"]);
    expect(wip.updatedAt).toBe(Date.parse("2026-11-01T00:00:30Z"));
    expect(livePlant.asked.value?.nextAt).toBe(Date.now() + 20_000);
    update.mockResolvedValue(full("2"));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(wip.info?.version).toBe("2");
    page.isSeen = false;
    update.mockClear();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(update).not.toHaveBeenCalled();
    onOpen();
    expect(livePlant.asked.value).toBeUndefined();
    expect(livePlant.connection.value).toBe("live");
    page.isSeen = true;
    await vi.advanceTimersByTimeAsync(600_000);
    expect(update).not.toHaveBeenCalled();
  });

  it("wait for a download that is under way before they count as answered", async () => {
    const { livePlant, announce, onLost } = await plant();
    let answer: (given: unknown) => void;
    update.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    await announce("2");
    onLost(0, undefined);
    livePlant.retry();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(livePlant.asked.value).toBeUndefined();
    update.mockResolvedValue(full("2"));
    answer!(full("2"));
    await vi.advanceTimersByTimeAsync(0);
    expect(livePlant.asked.value).toBeDefined();
  });
});

describe("what is announced and not held", () => {
  it("is missing since its first announcement, until it is there", async () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const { wip, announce } = await plant();
    expect(wip.behindSince).toBeUndefined();
    let answer: (given: unknown) => void;
    update.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    await announce("2");
    vi.setSystemTime(1_005_000);
    await announce("3");
    expect(wip.behindSince).toBe(1_000_000);
    update.mockResolvedValue(full("3"));
    answer!(full("2"));
    await vi.advanceTimersByTimeAsync(0);
    expect(wip).toMatchObject({ behindSince: undefined, info: { version: "3" } });
    vi.useRealTimers();
  });
});

describe("a read in parts", () => {
  it("holds new versions back until it has ended", async () => {
    vi.useFakeTimers();
    const { livePlant, wip, announce } = await plant();
    update.mockResolvedValue(full("2"));
    let end: (rows: string) => void;
    const read = livePlant.whileStill(() => new Promise<string>((done) => (end = done)));
    await announce("2");
    expect([update.mock.calls.length, wip.info?.version]).toEqual([0, "1"]);
    end!("rows");
    expect(await read).toBe("rows");
    await vi.advanceTimersByTimeAsync(0);
    expect([update.mock.calls.length, wip.info?.version]).toEqual([1, "2"]);
    vi.useRealTimers();
  });

  it("begins again when a download that was under way has ended meanwhile", async () => {
    const { livePlant } = await plant();
    let runs = 0;
    const read = await livePlant.whileStill(async () => {
      runs += 1;
      if (runs === 1) livePlant.lotsTick.value += 1;
      return Promise.resolve(runs);
    });
    expect(read).toBe(2);
  });

  it("lets the data move on after it has failed", async () => {
    vi.useFakeTimers();
    const { livePlant, announce, wip } = await plant();
    update.mockResolvedValue(full("2"));
    await expect(livePlant.whileStill(() => Promise.reject(new Error("no memory")))).rejects.toThrow("no memory");
    await announce("2");
    expect(wip.info?.version).toBe("2");
    vi.useRealTimers();
  });
});

describe("what a person holds", () => {
  it("stays as it is and counts what waits, until it is released", async () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const { livePlant, wip, announce } = await plant();
    livePlant.hold();
    update.mockResolvedValue(full("3"));
    await announce("2");
    await announce("3");
    await vi.advanceTimersByTimeAsync(600_000);
    expect(update).not.toHaveBeenCalled();
    expect(wip.info).toEqual({ version: "1" });
    expect(livePlant.held.value).toEqual({ at: 1_000_000, waiting: 2 });
    livePlant.release();
    await vi.advanceTimersByTimeAsync(0);
    expect(wip.info).toEqual({ version: "3" });
    expect(livePlant.held.value).toBeUndefined();
    vi.useRealTimers();
  });
});

it("changes nothing under a hand that moves, and brings what is newest when it rests", async () => {
  vi.useFakeTimers();
  const { wip, announce } = await plant();
  let rest = () => {};
  hand.rests = new Promise((done) => (rest = done));
  update.mockResolvedValue(full("3"));
  await announce("2");
  await announce("3");
  expect(update).not.toHaveBeenCalled();
  rest();
  await vi.advanceTimersByTimeAsync(0);
  expect(wip.info).toEqual({ version: "3" });
  expect(update).toHaveBeenCalledTimes(1);
  hand.rests = Promise.resolve();
  vi.useRealTimers();
});
