// States of machines (SEMI E10) and of lots, in the order in which they are shown.
import type { State } from "mes-compute";

/** Columns of the equipment tree; each has a code and a colour. */
export const STATES: readonly State[] = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST", "OTHER"];

/** States with hours of their own; all other hours are summed up as OTHER. */
export const HOUR_STATES = ["prd", "sby", "udt", "sdt", "egt", "nst"] as const;
export type HourState = (typeof HOUR_STATES)[number];

/** Token of the colour of a state as recorded, for machines and lots. */
const TOKENS: Record<string, string> = {
  ...Object.fromEntries(STATES.map((state) => [state, state.toLowerCase()])),
  PM: "udt",
  BKD: "udt",
  ENG: "egt",
  OFF: "nst",
  RUN: "run",
  QUEUE: "queue",
  HOLD: "quality",
};

export function stateColour(code: string | null | undefined): string {
  return `var(--${TOKENS[code ?? ""] ?? "other"})`;
}
