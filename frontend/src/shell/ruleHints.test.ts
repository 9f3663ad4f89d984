// @vitest-environment happy-dom
import { beforeEach, expect, it } from "vitest";

import type { Schemas } from "../contract/api";
import { mountPart } from "../testing";
import { language } from "../theme/preferences";
import { i18n } from "../words/i18n";
import RuleHintPart from "./RuleHint.vue";
import { asksMachineRules, hintLines, hintsOn, MACHINE_RULES, type RuleHint } from "./ruleHints";

const gates: RuleHint = {
  rule: "qc_gate_specs",
  entries: ["*QC* & *GATE*"],
  columns: "SPECNAME",
  rows: 9_000,
  found: [
    { value: "IPQC-1", rows: 310 },
    { value: "<b>", rows: 2 },
  ],
};
const states: RuleHint = { ...gates, rule: "states", entries: ["A", "B", "C", "D", "E", "F", "G", "H"], rows: 1_200 };
const datasets = [{ hints: [gates] }, { hints: [states] }, { hints: [] }] as unknown as Schemas["DatasetQuality"][];

beforeEach(() => {
  language.value = "en";
  i18n.global.locale.value = "en";
});

it("says which rule, what it names, what there is instead and where to change it", () => {
  const [match, entries, found, change] = hintLines(gates);
  expect(match).toContain("qc_gate_specs matches none of the specs");
  expect(entries).toBe("The rule names: *QC* & *GATE*");
  expect(found).toBe("Most frequent in SPECNAME: IPQC-1 (310), <b> (2)");
  expect(change).toContain("SITE_RULES_FILE");
});

it("names the first entries of a long rule, and says when it has none", () => {
  expect(hintLines(states).slice(0, 2)).toEqual([
    expect.stringContaining("1,200 machines"),
    "The rule names: A, B, C, D, E, F, and 2 more",
  ]);
  expect(hintLines({ ...gates, entries: [] })[1]).toBe("The rule is empty.");
});

it("has a sentence for every rule, in both languages", () => {
  for (const locale of ["en", "zh-TW"] as const)
    for (const rule of [...MACHINE_RULES, "qc_gate_specs", "non_quality_hold_reasons"]) {
      i18n.global.locale.value = locale;
      expect(hintLines({ ...gates, rule })[0]).toContain(rule);
      expect(hintLines({ ...gates, rule })[0]).not.toContain("rule.match");
    }
});

it("lists the hints on the rules of a page", () => {
  expect(hintsOn(["qc_gate_specs"], datasets)).toEqual([gates]);
  expect(hintsOn(MACHINE_RULES, datasets)).toEqual([states]);
  expect(hintsOn([], datasets)).toEqual([]);
});

it("asks where no machine counts, or a tenth is in OTHER", () => {
  expect([asksMachineRules(undefined), asksMachineRules(0), asksMachineRules(100, 9), asksMachineRules(100, 10)]).toEqual([
    false,
    true,
    false,
    true,
  ]);
});

it("shows values as text", async () => {
  const shown = await mountPart(RuleHintPart, { props: { hint: gates } });
  expect(shown.text()).toContain("<b> (2)");
  expect(shown.find("p b").exists()).toBe(false);
});
