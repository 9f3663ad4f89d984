import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { loadEngine } from "./engine";

const answer = (status: number) => ({ status }) as Response;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A load whose attempts are ended by the test. */
function bench() {
  const attempts: { resolve: (response: Response) => void; reject: (cause: unknown) => void }[] = [];
  const told: string[] = [];
  const load = loadEngine(() => new Promise((resolve, reject) => attempts.push({ resolve, reject })), {
    onSilent: (since) => told.push(`silent ${since}`),
    onLost: (retryAt) => told.push(`lost ${retryAt}`),
  });
  return { attempts, told, load };
}

it("names a server that does not send the engine, until it does", async () => {
  const { attempts, told, load } = bench();
  await vi.advanceTimersByTimeAsync(4_999);
  expect(told).toEqual([]);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual(["silent 0"]);
  attempts[0]!.resolve(answer(200));
  await expect(load.response).resolves.toEqual(answer(200));
  expect(told).toEqual(["silent 0", "silent undefined"]);
});

it("asks again while the server can't be reached, at once when that is wished", async () => {
  const { attempts, told, load } = bench();
  attempts[0]!.reject(new TypeError("Failed to fetch"));
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toContain("lost 1000");
  await vi.advanceTimersByTimeAsync(1_000);
  attempts[1]!.resolve(answer(502));
  await vi.advanceTimersByTimeAsync(0);
  load.retryNow();
  await vi.advanceTimersByTimeAsync(0);
  attempts[2]!.resolve(answer(200));
  await expect(load.response).resolves.toEqual(answer(200));
});

it("takes another refusal as it is", async () => {
  const { attempts, load } = bench();
  attempts[0]!.resolve(answer(404));
  await expect(load.response).resolves.toEqual(answer(404));
});
