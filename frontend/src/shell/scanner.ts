// A barcode scanner is a keyboard that types faster than people and ends with
// Enter. What it types where no field waits is a lot to look for, not a command.

/** Longest pause between two of a scanner's keys, ms. */
const PAUSE_MS = 50;
/** Shorter texts may be a person's. */
const SHORTEST = 4;
const LONGEST = 100;

export interface Scanner {
  /** A key at a time in ms: part of a burst or not; a whole text with its last key. */
  key(key: string, at: number): { isBurst: boolean; scanned?: string };
  /** Something else happened. */
  reset(): void;
}

export function createScanner(): Scanner {
  let text = "";
  let last = Number.NEGATIVE_INFINITY;
  return {
    key(key, at) {
      const pause = at - last;
      const isBurst = pause >= 0 && pause < PAUSE_MS;
      // Modifiers come between the letters.
      if (key.length > 1 && key !== "Enter") return { isBurst: isBurst && text !== "" };
      last = at;
      if (!isBurst) text = "";
      if (key === "Enter") {
        const scanned = text.trim();
        text = "";
        last = Number.NEGATIVE_INFINITY;
        return isBurst && scanned.length >= SHORTEST && scanned.length <= LONGEST ? { isBurst, scanned } : { isBurst: false };
      }
      text += key;
      return { isBurst };
    },
    reset() {
      text = "";
      last = Number.NEGATIVE_INFINITY;
    },
  };
}
