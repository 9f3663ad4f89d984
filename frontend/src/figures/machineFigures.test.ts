// @vitest-environment happy-dom
import { expect, it } from "vitest";

import { ouFigure, stateFigures } from "./machineFigures";
import { BLANK } from "./numbers";

it("shows every state, also one that no machine is in", () => {
  const shown = (machines: Parameters<typeof stateFigures>[0]) => stateFigures(machines).map(({ code, value }) => code + value);
  expect(shown({ PRD: 3 })).toEqual(["PRD3", "SBY0", "UDT0", "SDT0", "EGT0", "NST0", "OTHER0"]);
  expect(shown(undefined)[0]).toBe(`PRD${BLANK}`);
});

it("shows a computed 0, and nothing before there is a number", () => {
  expect([ouFigure(80).value, ouFigure(0).value, ouFigure(undefined).value]).toEqual(["80.0%", "0.0%", BLANK]);
});
