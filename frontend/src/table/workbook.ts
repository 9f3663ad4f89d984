// Lines of cells as an Excel workbook. It has a module of its own, because it is loaded with the first export.
import { type CellValue, writeXlsxStream, XLSX_MAX_ROWS_PER_SHEET } from "hucre/xlsx";

import type { Cell, Form } from "./taken";

const TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/** UTF-16 units in a cell (the format's own limit). */
const MOST_IN_CELL = 32_767;
/** Characters of a sheet's name, with room for the number of a further sheet. */
const MOST_IN_NAME = 25;
/** Width of a column in characters: fits a lot, a time or a machine. */
const WIDTH = 20;

export interface Layout {
  /** Name of the sheet. */
  name: string;
  /** What the cells of each column are. */
  forms: readonly Form[];
  /** Rows of a sheet with its headings; more continue on another one. */
  rowsPerSheet?: number;
}

/** A name that Excel takes. */
export function sheetName(name: string): string {
  const letters = [...name.replace(/[[\]:*?/\\\p{Cc}\p{Surrogate}]/gu, " ")];
  let kept = "";
  for (const letter of letters) if (kept.length + letter.length <= MOST_IN_NAME) kept += letter;
  const plain = kept.trim().replace(/^'+|'+$/g, "");
  return plain === "" || plain.toLowerCase() === "history" ? `${plain} 1`.trim() : plain;
}

/** What XML can hold, as much of it as a cell takes, and no text that Excel reads as an escaped letter. */
function textCell(text: string): string {
  const plain = text.replace(/[\p{Surrogate}\u{fffe}\u{ffff}]/gu, "\u{fffd}");
  const cut = plain.length <= MOST_IN_CELL ? plain : `${plain.slice(0, MOST_IN_CELL - 1).replace(/[\ud800-\udbff]$/, "")}…`;
  return cut.replace(/_(?=x[0-9A-Fa-f]{4}_)/g, "_x005F_");
}

/** A moment of the plant as Excel's date; undefined for what is none, or lies before its first day. */
function dateOf(text: string): Date | undefined {
  const found = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?))?$/.exec(text);
  const date = new Date(`${found?.[1]}T${found?.[2] ?? "00:00:00"}Z`);
  return found && date.getUTCFullYear() > 1900 && date.toISOString().startsWith(found[1]!) ? date : undefined;
}

/** Texts have the format of texts, so that they don't become formulas or numbers when they are edited. */
const STYLES: Record<Form, { numFmt: string } | undefined> = {
  number: undefined,
  text: { numFmt: "@" },
  date: { numFmt: "yyyy-mm-dd" },
  instant: { numFmt: "yyyy-mm-dd hh:mm:ss" },
};

/** A number in a column of moments is written as text: Excel would show it as one. */
function valueOf(cell: Cell, form: Form | undefined): CellValue {
  const isMoment = form === "date" || form === "instant";
  if (typeof cell === "number") return isMoment ? String(cell) : cell;
  if (cell === null) return null;
  return (isMoment ? dateOf(cell) : undefined) ?? textCell(cell);
}

export async function xlsxFile(lines: AsyncIterable<Cell[]>, { name, forms, rowsPerSheet }: Layout): Promise<Blob> {
  async function* rows(): AsyncGenerator<CellValue[]> {
    for await (const line of lines) yield line.map((cell, place) => valueOf(cell, forms[place]));
  }
  const columns = forms.map((form) => ({ width: WIDTH, ...(STYLES[form] && { style: STYLES[form] }) }));
  const stream = writeXlsxStream(rows(), {
    name: sheetName(name),
    columns,
    freezePane: { rows: 1 },
    maxRowsPerSheet: rowsPerSheet ?? XLSX_MAX_ROWS_PER_SHEET,
  });
  return new Response(stream, { headers: { "content-type": TYPE } }).blob();
}
