import type { RouteLocationRaw } from "vue-router";

/** A state of machines, and its share of them: the length of its part of a bar. */
export interface StateShare {
  /** Code, as in `STATES`. */
  code: string;
  share: number;
}

/** The same with its number. */
export interface StateFigure extends StateShare {
  value: string;
  detail?: string;
  /** Title of the state: what the detail leaves out. */
  hint?: string;
}

/** A number with its name, as cards and strips show it. */
export interface Figure {
  key: string;
  label: string;
  value: string;
  /** Beside the value, smaller. */
  unit?: string;
  /** Below the value. */
  detail?: string;
  /** Title of the card: the exact value, or how it is made. */
  hint?: string;
  /** Letter of a state, so that it does not depend on its colour. */
  letter?: string;
  /** CSS colour of the letter and the share. */
  colour?: string;
  /** Share of the whole as a bar, 0 to 1. */
  share?: number;
  /** Machines by state, as a bar and as numbers. */
  states?: readonly StateFigure[];
  /** The page with what the number counts. */
  to?: RouteLocationRaw;
}
