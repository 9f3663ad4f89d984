// @vitest-environment happy-dom
import { expect, it, vi } from "vitest";

import { createKept } from "../theme/storage";
import { createCodes } from "./choiceCodes";

const nowhere = () => {
  throw new DOMException("denied", "SecurityError");
};

it("asks once for the code of a text and knows what it stands for", async () => {
  const codes = createCodes(createKept(nowhere));
  const keep = vi.fn(async (text: string) => `code-of-${text.length}`);
  codes.connect({ find: async () => undefined, keep });
  expect(await codes.codeFor("a=1")).toBe("code-of-3");
  expect(await codes.codeFor("a=1")).toBe("code-of-3");
  expect(keep).toHaveBeenCalledTimes(1);
  expect(codes.textOf("code-of-3")).toBe("a=1");
  expect(codes.textOf("")).toBeUndefined();
});

it("distinguishes a code that is not kept from a server that does not answer, and tries again", async () => {
  const codes = createCodes(createKept(nowhere));
  let answer: () => Promise<string | undefined> = () => Promise.reject(new Error("no answer"));
  const find = vi.fn(() => answer());
  codes.connect({ find, keep: () => Promise.reject(new Error("no answer")) });
  await codes.load("x");
  expect([codes.textOf("x"), codes.problemOf("x")]).toEqual([undefined, "unreachable"]);
  expect(await codes.codeFor("a=1"), "the address stays long").toBeUndefined();
  answer = async () => undefined;
  await codes.load("x");
  expect(codes.problemOf("x")).toBe("unknown");
  answer = async () => "a=1&a=2";
  await Promise.all([codes.load("x"), codes.load("x")]);
  expect([codes.textOf("x"), codes.problemOf("x")]).toEqual(["a=1&a=2", undefined]);
  expect(find, "two at once are one question").toHaveBeenCalledTimes(3);
  await codes.load("x");
  expect(find).toHaveBeenCalledTimes(3);
});

it("knows after a reload what it knew before", async () => {
  const kept = createKept(nowhere);
  const before = createCodes(kept);
  before.connect({ find: async () => undefined, keep: async () => "c" });
  await before.codeFor("銲線=1");
  expect(createCodes(kept).textOf("c")).toBe("銲線=1");
});
