import { describe, expect, it } from "vitest";

import server from "../../../server/src/http/formula_guard.rs?raw";
import { guarded, isFormula } from "./formulaGuard";

/** The examples of the server's test: those that are formulas, then those that are none. */
const [formulas, others] = [...server.matchAll(/for text in \[\n([^\]]*)\]/g)].map(([, list]) =>
  [...list!.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text]) =>
    text!.replace(/\\(?:u\{(\w+)\}|(.))/g, (_, code?: string, letter?: string) =>
      code ? String.fromCodePoint(parseInt(code, 16)) : ({ n: "\n", r: "\r", t: "\t", "0": "\0" }[letter!] ?? letter!),
    ),
  ),
);

describe("a text that a spreadsheet would run", () => {
  it("is what the server takes for one", () => {
    expect([formulas!.length > 30, others!.length > 10]).toEqual([true, true]);
    expect(formulas!.filter((text) => !isFormula(text))).toEqual([]);
    expect(others!.filter(isFormula)).toEqual([]);
  });

  it("is led by an apostrophe", () => {
    expect(["=cmd|' /C calc'!A0", "\u{3000}＝1", "-12.5", "00123", ""].map(guarded)).toEqual([
      "'=cmd|' /C calc'!A0",
      "'\u{3000}＝1",
      "-12.5",
      "00123",
      "",
    ]);
  });
});
