import { expect, it } from "vitest";

import { matching } from "./choices";

it("has no choice for a missing name, and each other name once", () => {
  const choices = ["SOT-23", "", "SOT-23", " ", "<b>x</b>", "a".repeat(400)].map((name) => ({ name, count: 1 }));
  const names = (typed: string) => matching(choices, typed).map((choice) => choice.name);
  expect(names("")).toEqual(["SOT-23", " ", "<b>x</b>", "a".repeat(400)]);
  expect(names(" sot ")).toEqual(["SOT-23"]);
  expect(names("nothing")).toEqual([]);
  expect(matching([{ name: "RUN", label: "生產中", count: 1 }], "生產")).toHaveLength(1);
});
