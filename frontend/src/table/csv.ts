// Lines of cells as CSV for spreadsheets, as the server writes it: UTF-8 with a byte order mark, and no cell
// that runs as a formula.
import { guarded } from "./formulaGuard";
import type { Cell } from "./taken";

/** Without it, spreadsheets guess another encoding than UTF-8. */
const BYTE_ORDER_MARK = "\u{feff}";
/** Characters that are handed over together. */
const PART = 1 << 18;

/** Semicolons, tabs and bars are quoted too: they separate where Excel's own separator is one of them. */
function field(cell: Cell): string {
  if (typeof cell !== "string") return cell === null ? "" : String(cell);
  const text = guarded(cell);
  return /[,;\t|"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvLine(cells: readonly Cell[]): string {
  const line = cells.map(field).join(",");
  // A row of one empty field would be no row.
  return `${line === "" && cells.length === 1 ? '""' : line}\r\n`;
}

export async function csvFile(lines: AsyncIterable<Cell[]>): Promise<Blob> {
  const parts: Blob[] = [];
  let text = BYTE_ORDER_MARK;
  for await (const line of lines) {
    text += csvLine(line);
    if (text.length < PART) continue;
    parts.push(new Blob([text]));
    text = "";
  }
  return new Blob([...parts, text], { type: "text/csv;charset=utf-8" });
}
