import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { StreamHandlers } from "./eventStream";

const getBytes = vi.hoisted(() => vi.fn<(path: string) => Promise<unknown>>());

vi.mock("mes-compute-wasm?url", () => ({ default: "" }));
vi.mock("mes-compute", () => {
  class Store {
    ready = false;
    load = (...given: unknown[]) => ({ version: given.at(-1) });
  }
  return {
    default: () => Promise.resolve(),
    LotStore: Store,
    EquipmentStore: Store,
    MesApi: class {
      getBytes = getBytes;
      onEvent(): void {}
      retryNow(): void {}
    },
  };
});
vi.mock("../session/session", () => ({ csrfToken: () => undefined, followSession: () => {} }));
vi.mock("../shell/navigation", () => ({ followNavigation: () => {} }));
const stream = vi.hoisted(() => ({ handlers: undefined as StreamHandlers | undefined }));
vi.mock("./eventStream", () => ({
  openEventStream: (_: string, handlers: StreamHandlers) => {
    stream.handlers = handlers;
    return { connectNow: () => {} };
  },
}));

const full = (version: string) => ({ kind: "full", bytes: new Uint8Array(1), version });
const broken = Object.assign(new Error("the body broke off"), { code: "NETWORK_ERROR" });

/** A plant that holds version "1" of everything, with its stream open. */
async function plant() {
  vi.resetModules();
  getBytes.mockImplementation(() => Promise.resolve(full("1")));
  const { livePlant } = await import("./livePlant");
  await livePlant.start();
  const { onOpen, onLost, on } = stream.handlers!;
  onOpen();
  getBytes.mockClear();
  const announce = async (version: string) => {
    on.snapshot!({ dataset: "wip", version, rows: 1, updated_at: "2026-11-01T00:00:00Z" });
    await vi.advanceTimersByTimeAsync(0);
  };
  const { wip } = livePlant.status;
  /** The third question is answered with version "2", and there is no fourth. */
  const comesThrough = async () => {
    getBytes.mockResolvedValue(full("2"));
    await vi.advanceTimersByTimeAsync(22_500);
    expect(wip).toMatchObject({ info: { version: "2" }, problem: undefined });
    await vi.advanceTimersByTimeAsync(600_000);
    expect(getBytes).toHaveBeenCalledTimes(3);
  };
  return { livePlant, wip, announce, comesThrough, onOpen, onLost };
}

describe("a download that does not bring what it should", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(Math, "random").mockReturnValue(0.5);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it("is tried again by itself until it works, and then no more", async () => {
    const { wip, announce, comesThrough } = await plant();
    getBytes.mockRejectedValue(broken);
    await announce("2");
    expect(wip.problem?.code).toBe("NETWORK_ERROR");
    await vi.advanceTimersByTimeAsync(22_499);
    expect(getBytes).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(getBytes).toHaveBeenCalledTimes(2);
    await comesThrough();
  });

  it("is not tried again when a newer announcement or somebody's wish came first", async () => {
    const { livePlant, wip, announce } = await plant();
    getBytes.mockRejectedValue(broken);
    await announce("2");
    await vi.advanceTimersByTimeAsync(20_000);
    await announce("3");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(getBytes).toHaveBeenCalledTimes(2);
    getBytes.mockResolvedValue(full("3"));
    livePlant.retry();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(getBytes).toHaveBeenCalledTimes(3);
    expect(wip.info?.version).toBe("3");
  });

  it("brings what was announced while it was under way", async () => {
    const { wip, announce } = await plant();
    let fail: (problem: unknown) => void;
    getBytes.mockReturnValueOnce(new Promise((_, reject) => (fail = reject)));
    await announce("2");
    await announce("3");
    expect(getBytes).toHaveBeenCalledTimes(1);
    fail!(broken);
    getBytes.mockResolvedValue(full("3"));
    await vi.advanceTimersByTimeAsync(22_500);
    expect(wip).toMatchObject({ info: { version: "3" }, problem: undefined });
  });

  it("waits where one server does not have yet what another one announced", async () => {
    const { announce, comesThrough } = await plant();
    await announce("2");
    expect(getBytes).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(22_500);
    expect(getBytes).toHaveBeenCalledTimes(2);
    await comesThrough();
  });

  it("leaves a server alone that can't be reached, until the stream is back", async () => {
    const { wip, announce, onOpen, onLost } = await plant();
    getBytes.mockRejectedValue(broken);
    await announce("2");
    onLost(0);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(getBytes).toHaveBeenCalledTimes(1);
    getBytes.mockResolvedValue(full("2"));
    onOpen();
    await vi.advanceTimersByTimeAsync(22_500);
    expect(wip).toMatchObject({ info: { version: "2" }, problem: undefined });
  });
});
