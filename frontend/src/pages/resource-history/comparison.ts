// Two sets of hours beside each other: their figures and the differences.
import type { DayRange, HoursFigures } from "mes-compute";

import { fieldText } from "../../figures/fieldText";
import { change, count, difference } from "../../figures/numbers";
import { HOUR_STATES } from "../../figures/states";
import type { Column } from "../../table/column";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

export interface ComparedFigure {
  key: keyof HoursFigures;
  values: readonly [number | null, number | null];
  difference: number | null;
}

const FIGURES: readonly (keyof HoursFigures)[] = [
  "ou_pct",
  "availability_pct",
  ...HOUR_STATES.flatMap((state) => [`${state}_hours`, `${state}_pct`] as const),
  "other_hours",
  "other_pct",
  "total_hours",
  "machine_count",
];

export function comparedFigures(first: HoursFigures, second: HoursFigures): ComparedFigure[] {
  return FIGURES.map((key) => ({ key, values: [first[key], second[key]], difference: difference(first[key], second[key]) }));
}

/** A difference in the unit of its figure: percentages differ by points. */
export function changeText(key: keyof HoursFigures, value: number | null): string {
  if (value === null) return "–";
  if (key === "machine_count") return `${value > 0 ? "+" : ""}${count(value)}`;
  return key.endsWith("_pct") ? t("history.points", { n: change(value) }) : `${change(value)} h`;
}

/** A figure with its unit. */
function figureText(key: keyof HoursFigures, value: number | null): string {
  const text = fieldText("history", key, value);
  return key.endsWith("_hours") && value !== null ? `${text} h` : text;
}

export function comparisonColumns([first, second]: readonly [string, string]): Column<ComparedFigure>[] {
  const value = (place: 0 | 1, label: string): Column<ComparedFigure> => ({
    key: `value ${place}`,
    label,
    hint: label,
    num: true,
    width: 172,
    value: ({ values }) => values[place],
    text: ({ key, values }) => figureText(key, values[place]),
  });
  return [
    { key: "figure", label: t("history.figure"), value: ({ key }) => fieldLabel("history", key), width: 176 },
    value(0, first),
    value(1, second),
    {
      key: "difference",
      label: t("history.difference"),
      num: true,
      width: 110,
      value: (figure) => figure.difference,
      text: (figure) => changeText(figure.key, figure.difference),
    },
  ];
}

export const rangeText = ({ startDate, endDate }: DayRange) => `${startDate} – ${endDate}`;

/** The first and last day that have hours, and how many of the days do. */
export function coverage(dates: readonly string[], days: number): string {
  const [first, last] = [dates[0], dates.at(-1)];
  if (first === undefined || last === undefined) return "";
  return t("history.coverage", { first, last, n: count(dates.length), m: count(days) });
}
