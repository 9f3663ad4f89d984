// Whether a hand is on its way to something: what it is about to click keeps its place meanwhile.

/** A pointer that has rested for so long has clicked what it was moved to, or reads, ms. */
const REST_MS = 600;
/** Nothing waits longer for a pointer that never rests, ms: less than what is shown may be behind without a word. */
const MOST_MS = 2_000;

/** Follows the pointer over `target`. */
export function createHand(target: Pick<EventTarget, "addEventListener">, now: () => number = () => performance.now()) {
  let movedAt = Number.NEGATIVE_INFINITY;
  for (const name of ["pointermove", "pointerdown"]) target.addEventListener(name, () => (movedAt = now()), { passive: true });

  /** Resolves once the hand rests. */
  async function rests(): Promise<void> {
    const end = now() + MOST_MS;
    for (let at = now(); at < end && at < movedAt + REST_MS; at = now()) {
      const ms = Math.min(end, movedAt + REST_MS) - at;
      await new Promise((done) => setTimeout(done, ms));
    }
  }
  return { rests };
}
