// States of machines (SEMI E10), in the order in which they are shown.
import type { State } from "mes-compute";

/** Columns of the tree; each is known by its code and its colour. */
export const STATES: readonly State[] = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST", "OTHER"];

/** States with hours of their own; all other hours are together. */
export const HOUR_STATES = ["prd", "sby", "udt", "sdt", "egt", "nst"] as const;
export type HourState = (typeof HOUR_STATES)[number];
