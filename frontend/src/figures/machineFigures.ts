// Machines by state as figures: the same on every page that shows them.
import type { State } from "mes-compute";

import { fieldLabel } from "../words/fieldLabel";
import type { Figure } from "./figure";
import { OU_FORMULA } from "./levels";
import { BLANK, count, percent } from "./numbers";
import { STATES } from "./states";

/** A percentage of machines with its formula; without a number before there is one. */
export function pctFigure(key: string, label: string, pct: number | undefined, formula: string): Figure {
  return { key, label, value: pct === undefined ? BLANK : percent(pct), detail: formula, hint: formula };
}

export function ouFigure(pct: number | undefined): Figure {
  return pctFigure("ou", fieldLabel("equipment_tree", "ouPct"), pct, OU_FORMULA);
}

/** Every state with its machines, also one that none is in; without numbers before there are any. */
export function stateFigures(machines: Partial<Record<State, number>> | undefined) {
  return STATES.map((code) => ({ code, share: machines?.[code] ?? 0, value: machines ? count(machines[code] ?? 0) : BLANK }));
}
