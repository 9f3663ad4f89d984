// @vitest-environment happy-dom
import type { SubState } from "mes-compute";
import { expect, it } from "vitest";

import { language } from "../theme/preferences";
import { i18n } from "../words/i18n";
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

it("names the states as recorded inside a state, the largest first", () => {
  language.value = "en";
  i18n.global.locale.value = "en";
  const part = (state: SubState["state"], code: string | null, machines: number): SubState => ({ state, code, machines });
  const parts = [
    part("PRD", "PRD", 3),
    part("UDT", "UDT", 85),
    part("UDT", "PM", 60),
    part("UDT", "BKD", 12),
    part("UDT", "JAM", 1),
    part("EGT", "ENG", 2),
    part("OTHER", null, 4),
  ];
  const shown = stateFigures({ PRD: 3, UDT: 158, EGT: 2, OTHER: 4 }, parts);
  const found = Object.fromEntries(shown.map(({ code, detail, hint }) => [code, [detail, hint]]));
  expect(found.PRD).toEqual([undefined, undefined]);
  expect(found.UDT).toEqual(["UDT\u00a085 · PM\u00a060 · BKD\u00a012 · and 1 more", "UDT\u00a085 · PM\u00a060 · BKD\u00a012 · JAM\u00a01"]);
  expect([found.EGT![0], found.OTHER![0], found.NST![0]]).toEqual(["ENG\u00a02", "no state\u00a04", undefined]);
});
