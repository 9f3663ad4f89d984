// States of machines (SEMI E10) and of lots, in the order in which they are shown.
import type { State } from "mes-compute";

import { FACTS } from "../contract/facts";

/** Columns of the equipment tree; each has a code and a colour. */
export const STATES = FACTS.states;

/** States with hours of their own; all other hours are summed up as OTHER. */
export type HourState = Lowercase<Exclude<State, "OTHER">>;
export const HOUR_STATES = STATES.filter((state) => state !== "OTHER").map((state) => state.toLowerCase() as HourState);

/** Token of the colour of a column of the tree or of a lot's status. */
const TOKENS: Record<string, string> = {
  ...Object.fromEntries(STATES.map((state) => [state, state.toLowerCase()])),
  RUN: "run",
  QUEUE: "queue",
  HOLD: "quality",
};

export function stateColour(code: string | null | undefined): string {
  return `var(--${TOKENS[code ?? ""] ?? "other"})`;
}
