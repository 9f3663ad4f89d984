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
}
