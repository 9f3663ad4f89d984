import { describe, expect, it } from "vitest";

import { askDelayMs, type Followed, levelOf } from "./liveness";
import { createClockWatch, createServerClock } from "../contract/serverClock";

const WELL: Followed = { connection: "live", askedAt: undefined, hasProblem: false, isStale: false, behindSince: undefined };

describe("levelOf", () => {
  it("is live only while what was announced is held", () => {
    expect(levelOf(WELL, 10_000)).toBe("live");
    expect(levelOf({ ...WELL, behindSince: 9_000 }, 10_000)).toBe("live");
    expect(levelOf({ ...WELL, behindSince: 6_000 }, 10_000)).toBe("behind");
    // A clock that was set back excuses nothing.
    expect(levelOf({ ...WELL, behindSince: 99_000 }, 10_000)).toBe("behind");
    expect(levelOf({ ...WELL, hasProblem: true }, 10_000)).toBe("lost");
    expect(levelOf({ ...WELL, isStale: true }, 10_000)).toBe("stale");
    expect(levelOf({ ...WELL, connection: "connecting" }, 10_000)).toBe("connecting");
  });
  it("is never live without announcements, and says when asking replaces them", () => {
    expect(levelOf({ ...WELL, connection: "lost" }, 10_000)).toBe("lost");
    expect(levelOf({ ...WELL, connection: "lost", behindSince: 1 }, 10_000)).toBe("lost");
    expect(levelOf({ ...WELL, connection: "lost", askedAt: 9_000 }, 10_000)).toBe("asking");
    expect(levelOf({ ...WELL, connection: "lost", askedAt: 9_000, hasProblem: true }, 10_000)).toBe("lost");
  });
});

describe("askDelayMs", () => {
  it("asks soon, then now and then, and ever more seldom while it fails", () => {
    const at = (attempts: number, failures: number) => askDelayMs(attempts, failures, 0.5);
    expect([at(0, 0), at(1, 0), at(9, 0), at(1, 1), at(2, 2), at(99, 99)]).toEqual([8_000, 20_000, 20_000, 40_000, 80_000, 300_000]);
    expect([askDelayMs(1, 0, 0), askDelayMs(1, 0, 1)]).toEqual([15_000, 25_000]);
  });
});

describe("the server's clock", () => {
  it("corrects a wrong clock and leaves a right one alone", () => {
    let wall = Date.parse("2026-11-25T08:00:00Z");
    const clock = createServerClock(() => wall);
    expect(clock.now()).toBe(wall);
    clock.note("2026-11-26T08:00:00.000Z");
    wall += 5_000;
    expect(new Date(clock.now()).toISOString()).toBe("2026-11-26T08:00:05.000Z");
    for (const nothing of ["", "soon", null, undefined, Number.NaN]) clock.note(nothing);
    expect(new Date(clock.now()).toISOString()).toBe("2026-11-26T08:00:05.000Z");
    clock.note(wall + 1_500);
    expect(clock.now()).toBe(wall);
  });
  it("is asked for again when the clock here is set", () => {
    let [wall, steady, asked] = [1_000_000, 0, 0];
    const look = createClockWatch(
      () => wall,
      () => steady,
      () => (asked += 1),
    );
    const pass = (seconds: number) => {
      wall += seconds * 1000;
      steady += seconds * 1000;
      look();
    };
    pass(15);
    pass(3_600);
    expect(asked).toBe(0);
    wall -= 86_400_000;
    look();
    pass(15);
    expect(asked).toBe(1);
  });
});
