// Machines by state as figures: the same on every page that shows them.
import type { State, SubState } from "mes-compute";

import { fieldLabel } from "../words/fieldLabel";
import { i18n } from "../words/i18n";
import type { Figure, StateFigure } from "./figure";
import { OU_FORMULA } from "./levels";
import { BLANK, count, label, percent } from "./numbers";
import { STATES } from "./states";

const { t } = i18n.global;

/** States as recorded that a figure names; its hint has all of them. */
const NAMED = 3;

/** A percentage of machines with its formula; without a number before there is one. */
export function pctFigure(key: string, label: string, pct: number | undefined, formula: string): Figure {
  return { key, label, value: pct === undefined ? BLANK : percent(pct), detail: formula, hint: formula };
}

export function ouFigure(pct: number | undefined): Figure {
  return pctFigure("ou", fieldLabel("equipment_tree", "ouPct"), pct, OU_FORMULA);
}

/** The states as recorded inside an E10 state, `UDT 85 · PM 60`; nothing where the state itself is the only one. */
function partsOf(state: State, subStates: readonly SubState[]): Pick<StateFigure, "detail" | "hint"> {
  const inside = subStates.filter((part) => part.state === state);
  if (inside.every(({ code }) => code === state)) return {};
  const parts = inside.map(({ code, machines }) => `${code === null ? t("common.noState") : label(code)}\u00a0${count(machines)}`);
  const more = parts.length > NAMED ? [t("common.more", { n: count(parts.length - NAMED) })] : [];
  return { detail: [...parts.slice(0, NAMED), ...more].join(" · "), hint: parts.join(" · ") };
}

/**
 * Every state with its machines, also one that none is in; without numbers before there are any. With `subStates` also the states
 * as recorded inside.
 */
export function stateFigures(machines: Partial<Record<State, number>> | undefined, subStates: readonly SubState[] = []): StateFigure[] {
  return STATES.map((code) => ({
    code,
    share: machines?.[code] ?? 0,
    value: machines ? count(machines[code] ?? 0) : BLANK,
    ...partsOf(code, subStates),
  }));
}
