import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { createHand } from "./hand";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A hand, and whether what waits for it goes on. */
function waiting() {
  const target = new EventTarget();
  const hand = createHand(target, Date.now);
  const wait = () => {
    const seen = { isOver: false };
    void hand.rests().then(() => (seen.isOver = true));
    return seen;
  };
  return { wait, move: () => target.dispatchEvent(new Event("pointermove")), pass: (ms: number) => vi.advanceTimersByTimeAsync(ms) };
}

it("keeps nothing waiting while the pointer rests", async () => {
  const { wait, pass } = waiting();
  const seen = wait();
  await pass(0);
  expect(seen.isOver).toBe(true);
});

it("lets an update come once the pointer has rested", async () => {
  const { wait, move, pass } = waiting();
  move();
  const seen = wait();
  await pass(500);
  move();
  await pass(599);
  expect(seen.isOver).toBe(false);
  await pass(1);
  expect(seen.isOver).toBe(true);
});

it("does not wait for ever for a pointer that never rests", async () => {
  const { wait, move, pass } = waiting();
  move();
  const seen = wait();
  for (let ms = 0; ms < 1_900; ms += 100) {
    await pass(100);
    move();
  }
  expect(seen.isOver).toBe(false);
  await pass(100);
  expect(seen.isOver).toBe(true);
});
