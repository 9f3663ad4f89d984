// Which texts a spreadsheet would run as a formula: the rule of the server's exports
// (`server/src/http/formula_guard.rs`), on whose examples the test holds this copy.

/** Blanks of every width, control characters, and characters without a shape. */
const UNSEEN =
  /^(?:[\p{White_Space}\p{Cc}\u{ad}\u{61c}\u{115f}\u{1160}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{2800}\u{3164}\u{feff}\u{ffa0}\u{fff0}-\u{fffb}\u{e0000}-\u{e0fff}]|\u{34f}|[\u{17b4}-\u{17b5}]|[\u{180b}-\u{180f}]|[\u{fe00}-\u{fe0f}])+/u;
/** `= + - @`, and their full-width, small, raised, lowered and other forms. */
const STARTER = /^[=+\-@＝＋－＠﹦﹢﹣﹫⁼⁺⁻₌₊₋\u{2212}\u{2010}\u{2011}]/u;
/** A sign, digits with a point or comma between or before them, an exponent: nothing to calculate. */
const NUMBER = /^[+-]?(\d+|\d*[.,]\d+)([eE][+-]?\d+)?$/;

/** Whether a spreadsheet that meets this text in a file may take it for a formula. */
export function isFormula(text: string): boolean {
  if (/^[\t\r\n]/.test(text)) return true;
  const seen = text.replace(UNSEEN, "");
  return STARTER.test(seen) && !NUMBER.test(seen.replace(/\p{White_Space}+$/u, ""));
}

/** The text as a file of texts has it: one that would run is led by an apostrophe. */
export function guarded(text: string): string {
  return isFormula(text) ? `'${text}` : text;
}
