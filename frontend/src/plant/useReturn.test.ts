// @vitest-environment happy-dom
import type { MesError } from "mes-compute";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { effectScope, nextTick, shallowRef } from "vue";

import { useReturn } from "./useReturn";

const { livePlant } = vi.hoisted(() => ({ livePlant: {} as Record<string, { value: unknown }> }));
vi.mock("./livePlant", () => ({ livePlant }));

beforeEach(() => {
  vi.useFakeTimers();
  Object.assign(livePlant, {
    paused: shallowRef(),
    connection: shallowRef("live"),
    condition: shallowRef({ status: "healthy" }),
    silentSince: shallowRef(),
  });
});
afterEach(() => vi.useRealTimers());

/** How often it is called in a trouble, and in all after it. */
async function callsFor(error: Partial<MesError> | undefined, part: string, trouble: unknown): Promise<[during: number, after: number]> {
  const run = vi.fn();
  const scope = effectScope();
  scope.run(() => useReturn(shallowRef(error as MesError | undefined), run));
  const well = livePlant[part]!.value;
  const pass = async (value: unknown) => {
    livePlant[part]!.value = value;
    await nextTick();
    await vi.advanceTimersByTimeAsync(5_000);
    return run.mock.calls.length;
  };
  const calls: [number, number] = [await pass(trouble), await pass(well)];
  scope.stop();
  return calls;
}

it.each([
  ["paused", { reason: "starting", retryAt: 1 }],
  ["connection", "lost"],
  ["condition", { status: "degraded" }],
  ["silentSince", 1],
])("asks again for what failed when %s is well again", async (part, trouble) => {
  expect(await callsFor({ code: "TIMEOUT" }, part, trouble)).toEqual([0, 1]);
  expect(await callsFor({ code: "FORBIDDEN", status: 403 }, part, trouble)).toEqual([0, 0]);
  expect(await callsFor(undefined, part, trouble)).toEqual([0, 0]);
});
