// The server's time, independent of this computer's clock: ages of data are
// differences to moments that the server wrote.
import { shallowRef } from "vue";

/** So much does a clock have to be off before it is worth a correction, ms. */
const TOLERANCE_MS = 2_000;

export interface ServerClock {
  /** ms since 1970. */
  now(): number;
  /** The server said that it was `moment` (ms since 1970, or ISO 8601). */
  note(moment: number | string | null | undefined): void;
}

/** Follows what the server says beside `wall`, the clock here. */
export function createServerClock(wall: () => number): ServerClock {
  const offset = shallowRef(0);
  return {
    now: () => wall() + offset.value,
    note(moment) {
      const said = typeof moment === "string" ? Date.parse(moment) : moment;
      if (typeof said !== "number" || !Number.isFinite(said)) return;
      const found = said - wall();
      // Answers are under way for some time: a small difference is that.
      offset.value = Math.abs(found) <= TOLERANCE_MS ? 0 : found;
    },
  };
}

/** Calls back when the clock was set: `wall` and `steady` went apart. To be called now and then. */
export function createClockWatch(wall: () => number, steady: () => number, onSet: () => void): () => void {
  let apart = wall() - steady();
  return () => {
    const now = wall() - steady();
    if (Math.abs(now - apart) <= TOLERANCE_MS) return;
    apart = now;
    onSet();
  };
}

export const serverClock = createServerClock(Date.now);
