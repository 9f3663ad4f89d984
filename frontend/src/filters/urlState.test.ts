import { parseQuery, stringifyQuery } from "vue-router";
import { expect, it } from "vitest";

import { many, placed, queryOf } from "./urlState";

it("keeps a choice of any length, and sends servers no long address", () => {
  const families = Array.from({ length: 150 }, (_, n) => `銲線接合製程設備第${n}族, 甲 & 乙`);
  const long = placed({ families, q: "GWB" });
  expect(long.query).toEqual({});
  expect(long.hash).toContain("銲線");
  // As the router writes it into the address and reads it from there.
  const hash = decodeURIComponent(encodeURI(long.hash));
  const read = queryOf({ query: {}, hash });
  expect(many(read, "families")).toEqual(families);
  expect(many(read, "q")).toEqual(["GWB"]);
  const short = placed({ families: families.slice(0, 3) });
  expect(short.hash).toBe("");
  expect(many(queryOf({ query: parseQuery(stringifyQuery(short.query)), hash: "" }), "families")).toEqual(families.slice(0, 3));
  expect(queryOf({ query: { q: "a" }, hash: "#content" })).toEqual({ q: "a" });
});
