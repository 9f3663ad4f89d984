// @vitest-environment happy-dom
import type { Field } from "mes-compute";
import { beforeAll, expect, it } from "vitest";

import { takeFields } from "../../contract/fields";
import { language } from "../../theme/preferences";
import { addWords } from "../../words/i18n";
import {
  barsOf,
  conditionOf,
  evidenceAddress,
  filtersOf,
  lotState,
  machineState,
  newRule,
  type Replayed,
  type Rule,
  withFilters,
  withRule,
} from "./alerts";
import * as words from "./words";

const RULE: Rule = { id: "a", name: "A", figure: "lots", comparison: "above", threshold: 10, forMinutes: 5, enabled: true };
const HELD: Rule = { ...RULE, lotFilter: { status: "HOLD", holdType: "quality", packages: ["SOT-23"] } as Rule["lotFilter"] };
const DOWN: Rule = {
  ...RULE,
  figure: "machines",
  machineFilter: { isKey: true, cell: { group: "焊接_WB", column: "UDT" } } as Rule["machineFilter"],
};

beforeAll(() => {
  language.value = "en";
  addWords("alerts", words);
  const field = (label_en: string) => ({ label_en, semantic_type: "count", unit: "" }) as Field;
  takeFields({ alert_figures: { lots: field("Lots"), machines: field("Machines") } });
});

it("says a condition in words", () => {
  expect(conditionOf(RULE)).toBe("Lots above 10 for 5 min");
  expect(conditionOf({ ...DOWN, forMinutes: 0, comparison: "below" })).toBe("Machines below 10");
  expect(filtersOf(HELD)).toContain("SOT-23");
  expect(filtersOf(RULE)).toBe("");
});

it("leads to the page that shows what was found, at its moment", () => {
  const plant_time = "2026-11-20 07:47:00";
  expect(evidenceAddress({ rule: HELD, plant_time })).toMatchObject({
    path: "/wip-overview",
    query: { status: "HOLD", hold_type: "quality", package: ["SOT-23"], at: "2026-11-20T07:47" },
  });
  const reason = { ...HELD, lotFilter: { ...HELD.lotFilter, reason: "自行暫停" } as Rule["lotFilter"] };
  expect(evidenceAddress({ rule: reason, plant_time })).toMatchObject({ path: "/hold-detail", query: { reason: "自行暫停" } });
  expect(evidenceAddress({ rule: DOWN, plant_time })).toMatchObject({
    path: "/resource",
    query: { is_key: "true", group: "焊接_WB", state: "UDT", at: "2026-11-20T07:47" },
  });
});

it("puts filters into a rule and takes them out again", () => {
  for (const rule of [HELD, DOWN]) expect(withFilters(rule, lotState(rule), machineState(rule))).toEqual(rule);
  const other = withFilters({ ...HELD, figure: "ouPct" }, lotState(HELD), machineState(DOWN));
  expect(other.lotFilter).toBeUndefined();
  expect(other.machineFilter).toMatchObject({ isKey: true, cell: { column: "UDT" } });
  expect(withFilters(DOWN, lotState(DOWN), { ...machineState(DOWN), state: undefined }).machineFilter).toMatchObject({
    cell: { group: "焊接_WB" },
  });
});

it("adds a rule behind the others, or in its place", () => {
  const added = newRule([RULE, { ...RULE, id: "rule-3" }]);
  expect(added.id).toBe("rule-4");
  expect(withRule([RULE], added).map(({ id }) => id)).toEqual(["a", "rule-4"]);
  expect(withRule([RULE, added], { ...RULE, threshold: 7 }).map(({ threshold }) => threshold)).toEqual([7, 0]);
});

it("draws firings as shares of the time that is kept", () => {
  const firing = (from: string, until: string | null) => ({ from, until, value: 1, version: "", rows: [] });
  const replay = {
    from: "2026-11-20 08:00:00",
    until: "2026-11-20 10:00:00",
    firings: [firing("2026-11-20 08:30:00", "2026-11-20 09:00:00"), firing("2026-11-20 09:00:00", null)],
  } as unknown as Replayed["replay"];
  expect(barsOf(replay)).toEqual([
    { from: 0.25, length: 0.25 },
    { from: 0.5, length: 0.5 },
  ]);
  expect(barsOf({ ...replay, from: null })).toEqual([]);
});
