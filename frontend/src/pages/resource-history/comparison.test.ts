// @vitest-environment happy-dom
import type { Field, HoursFigures } from "mes-compute";
import { expect, it } from "vitest";

import { takeFields } from "../../contract/fields";
import { HOUR_STATES } from "../../figures/states";
import { addWords, i18n } from "../../words/i18n";
import { comparedFigures, comparisonColumns, coverage } from "./comparison";
import * as words from "./words";

addWords("history", words);
i18n.global.locale.value = "en";
takeFields({
  history: Object.fromEntries(
    (
      [
        ["ou_pct", "percentage", "%"],
        ["availability_pct", "percentage", "%"],
        ["prd_hours", "duration", "h"],
        ["machine_count", "count", "machine"],
      ] as const
    ).map(([api_key, semantic_type, unit]) => [api_key, { dataset: "history", api_key, semantic_type, unit } as Field]),
  ),
});

const figures = (ou_pct: number | null, prd_hours: number, machine_count: number) =>
  ({ ou_pct, availability_pct: null, prd_hours, prd_pct: 50, other_hours: 3, total_hours: 24, machine_count }) as HoursFigures;

it("has both values of each figure and the difference: points, hours, machines; a dash where one has none", () => {
  const rows = comparedFigures(figures(62.4, 10.1, 5), figures(60.1, 12, 4));
  const [, first, second, difference] = comparisonColumns(["now", "before"]);
  const textsOf = (key: string) => {
    const row = rows.find((other) => other.key === key)!;
    return [first, second, difference].map((column) => column!.text!(row));
  };
  expect(textsOf("ou_pct").slice(0, 2)).toEqual(["62.4%", "60.1%"]);
  expect(rows[0]!.difference).toBe(2.3);
  expect(textsOf("ou_pct")[2]).toBe("+2.3 points");
  expect(textsOf("availability_pct")).toEqual(["–", "–", "–"]);
  expect(rows.find(({ key }) => key === "prd_hours")!.difference).toBe(-1.9);
  expect(textsOf("prd_hours")[2]).toBe("-1.9 h");
  expect(textsOf("machine_count")[2]).toBe("+1");
});

it("has the hours of unknown states as a figure of their own, so that the parts add up to the total", () => {
  const keys = comparedFigures(figures(1, 1, 1), figures(1, 1, 1)).map(({ key }) => key);
  expect(keys.filter((key) => key.endsWith("_hours"))).toEqual([...HOUR_STATES, "other", "total"].map((state) => `${state}_hours`));
});

it("tells the first and last day that have hours, and nothing where none has", () => {
  expect(coverage(["2026-11-02", "2026-11-05"], 30)).toBe("hours from 2026-11-02 to 2026-11-05, 2 of 30 days");
  expect(coverage([], 30)).toBe("");
});
