import { expect, it } from "vitest";

import type { Drawn } from "./column";
import { paperBlocks } from "./useView";

const columns = (count: number) =>
  Array.from({ length: count }, (_, place): Drawn<number> => ({ column: { key: `c${place}`, label: "", value: (row) => row }, place }));
const placesOf = (count: number, width: number) => paperBlocks(columns(count), () => width).map((block) => block.map(({ place }) => place));

it("fits columns on paper, every block with the first one", () => {
  expect(placesOf(7, 250)).toEqual([
    [0, 1, 2, 3],
    [0, 4, 5, 6],
  ]);
  expect(placesOf(3, 2_000)).toEqual([
    [0, 1],
    [0, 2],
  ]);
  expect(placesOf(1, 250)).toEqual([[0]]);
});
