import { expect, it } from "vitest";

import { slotsOf, type RowKey, type Slots } from "./rowSlots";

const keys = (text: string): RowKey[] => [...text];
const shown = ({ of }: Slots) => [...of].map(([key, slot]) => `${key}${slot}`).join(" ");

it("keeps the elements of rows that stay, and gives those of others to new rows in their order", () => {
  const first = slotsOf(keys("abcd"), 0, undefined);
  expect(shown(first)).toBe("a0 b1 c2 d3");
  const down = slotsOf(keys("cdef"), 2, first);
  expect([shown(down), down.origin]).toEqual(["c2 d3 e0 f1", 0]);
  const longer = slotsOf(keys("cdefgh"), 2, down);
  expect(shown(longer)).toBe("c2 d3 e0 f1 g4 h5");
  const shorter = slotsOf(keys("ceg"), 2, longer);
  expect(shown(shorter)).toBe("c2 e0 g4");
  expect(shown(slotsOf(keys("gxce"), 2, shorter)), "in another order").toBe("g4 x5 c2 e0");
});

it("takes the origin along where no row stays, so that every element keeps its place", () => {
  const down = slotsOf(keys("cdef"), 2, slotsOf(keys("abcd"), 0, undefined));
  const far = slotsOf(keys("wxyz"), 60, down);
  expect([shown(far), far.origin]).toEqual(["w2 x3 y0 z1", 58]);
  expect(slotsOf([], 0, far)).toMatchObject({ of: new Map() });
});
