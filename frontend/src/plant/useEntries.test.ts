import { effectScope } from "vue";
import { expect, it, vi } from "vitest";

import { useCommand } from "./useCommand";
import { useEntries } from "./useEntries";

const back = vi.hoisted(() => ({ run: () => {} }));
vi.mock("./useReturn", () => ({ useReturn: (_: unknown, run: () => void) => (back.run = run) }));
vi.mock("./livePlant", () => ({ livePlant: { client: Promise.resolve({}) }, asMesError: (failure: unknown) => failure }));

const settled = () => new Promise((done) => setTimeout(done));

it("adds older pages, starts again from the newest, and keeps entries when a read fails", async () => {
  const asked: (number | undefined)[] = [];
  let isAway = false;
  const scope = effectScope();
  const list = scope.run(() =>
    useEntries<number>(async (_, before) => {
      asked.push(before);
      if (isAway) throw new Error("away");
      return before === undefined ? { entries: [9, 8], next_before: 8 } : { entries: [7], next_before: null };
    }),
  )!;
  expect(list.loading.value).toBe(true);
  await settled();
  await list.loadOlder();
  expect([list.entries.value, list.page.value?.next_before, list.loading.value]).toEqual([[9, 8, 7], null, false]);
  isAway = true;
  await list.reload();
  expect([list.entries.value, list.problem.value?.message]).toEqual([[9, 8, 7], "away"]);
  isAway = false;
  back.run();
  await settled();
  expect([list.entries.value, list.problem.value]).toEqual([[9, 8], undefined]);
  expect(asked).toEqual([undefined, 8, undefined, undefined]);
  scope.stop();
});

it("returns only the last of two questions", async () => {
  const scope = effectScope();
  const answers: ((entries: string[]) => void)[] = [];
  const list = scope.run(() =>
    useEntries<string>(() => new Promise((found) => answers.push((entries) => found({ entries, next_before: null })))),
  )!;
  await settled();
  void list.reload();
  await settled();
  answers[1]!(["new"]);
  answers[0]!(["old"]);
  await settled();
  expect([list.entries.value, list.loading.value]).toEqual([["new"], false]);
  scope.stop();
});

it("runs commands and keeps why one failed until the next succeeds", async () => {
  const { busy, problem, run } = useCommand();
  const failing = run(() => Promise.reject(new Error("refused")));
  expect(busy.value).toBe(true);
  expect([await failing, busy.value, problem.value?.message]).toEqual([false, false, "refused"]);
  expect([await run(() => Promise.resolve()), problem.value]).toEqual([true, undefined]);
});
