// @vitest-environment happy-dom
import type { DayRange } from "mes-compute";
import { effectScope, nextTick, shallowRef } from "vue";
import { expect, it, vi } from "vitest";

import { useRangeStore } from "./useRangeStore";

vi.mock("./useReturn", () => ({ useReturn: () => {} }));
vi.mock("./livePlant", () => ({ livePlant: { client: Promise.resolve({}) }, asMesError: (failure: unknown) => failure }));

const settled = () => new Promise((done) => setTimeout(done));

it("asks once for days that are pending, whatever else is chosen beside them", async () => {
  const asked: string[] = [];
  const store = {
    range: undefined,
    update: (_: unknown, { startDate }: DayRange) => {
      asked.push(startDate);
      return Promise.reject(Object.assign(new Error("pending"), { code: "HISTORY_PENDING", daysPending: 3, retryAfterSeconds: 60 }));
    },
    free: () => {},
  };
  const wanted = shallowRef<DayRange>({ startDate: "2026-11-01", endDate: "2026-11-20" });
  const scope = effectScope();
  const options = { make: () => store, suffices: () => false, onLoad: () => {} };
  const { pending } = scope.run(() => useRangeStore(wanted, options))!;
  await settled();
  expect(pending.value?.days).toBe(3);
  wanted.value = { ...wanted.value };
  await nextTick();
  expect([pending.value?.days, asked]).toEqual([3, ["2026-11-01"]]);
  wanted.value = { ...wanted.value, startDate: "2026-11-10" };
  await settled();
  expect(asked).toEqual(["2026-11-01", "2026-11-10"]);
  scope.stop();
});
