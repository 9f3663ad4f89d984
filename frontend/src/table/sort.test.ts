// @vitest-environment happy-dom
import { expect, it } from "vitest";

import { orderOf, sortState } from "./sort";

it("keeps the order in the address, and none where there is a usual one", () => {
  const keys = () => ["qty", "ageByDays"];
  const usual = { key: "ageByDays", descending: true };
  const { read, write } = sortState({ keys, usual });
  for (const sort of [{ key: "qty", descending: false }, { key: "qty", descending: true }, undefined, usual])
    expect(read(write(sort) as never)).toEqual(sort);
  const plain = sortState({ keys });
  expect([write(usual), read({}), plain.write(undefined)]).toEqual([{}, usual, {}]);
  expect(read({ sort: "nope" })).toEqual(usual);
  expect(["qty", "-qty", "none", "nope", ""].map((text) => plain.isValid!(text, "sort"))).toEqual([true, true, true, false, false]);
  expect(sortState({ keys: () => [] }).isValid!("any", "sort")).toBe(true);
  expect([orderOf(usual), orderOf(undefined)]).toEqual([{ sort: "ageByDays", descending: true }, {}]);
});
