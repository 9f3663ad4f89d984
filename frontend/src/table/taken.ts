// A table as lines of cells for a file: all rows, the columns that are shown, exact values, and below them
// what the reader of the file has to know.
import { i18n } from "../words/i18n";
import { type Column, isMissing, textOf } from "./column";
import { guarded } from "./formulaGuard";
import "./words";

const { t } = i18n.global;

/** Moments are texts of the plant's time. */
export type Cell = string | number | null;

export interface Taken<Row> {
  columns: readonly Column<Row>[];
  rows: Iterable<Row>;
  /** Known before the rows are read, except for trees. */
  total?: number;
  /** For the block below the rows. */
  facts: readonly (readonly [string, Cell])[];
}

/** Shares of the processor, ms: no task of the page is much longer. */
const SLICE_MS = 12;

/** Lets the page work in between, also its timers and messages, which the browser's `yield` would leave waiting. */
function pause(): Promise<unknown> {
  if (!("scheduler" in globalThis)) return new Promise((done) => setTimeout(done));
  return scheduler.postTask(() => undefined);
}

export function headingOf<Row>({ label, unit }: Column<Row>): string {
  return unit ? `${label} (${unit})` : label;
}

export type Form = "number" | "text" | "date" | "instant";

/** What the cells of a column are in a workbook. */
export function formOf<Row>({ kind, num }: Column<Row>): Form {
  if (kind === "date" || kind === "instant") return kind;
  return num ? "number" : "text";
}

/** Numbers are exact, flags are words, and ids stay texts whatever they look like. */
export function cellOf<Row>(column: Column<Row>, row: Row): Cell {
  if (column.kind === "flag") return textOf(column, row);
  const value = column.value(row);
  if (isMissing(value)) return null;
  if (typeof value === "number" && column.kind !== "identifier") return Number.isFinite(value) ? value : null;
  const text = String(value);
  return column.kind === "instant" || column.kind === "date" ? text.replace(/^(\d{4}-\d\d-\d\d)T/, "$1 ") : text;
}

/** What goes with the rows: how many there are, what they add up to, and the facts. */
function* footOf<Row>({ columns, facts }: Taken<Row>, count: number): Generator<Cell[]> {
  yield [];
  if (columns.some(({ total }) => total !== undefined))
    yield columns.map(({ total }, place) => total ?? (place === 0 ? t("common.total") : null));
  yield [t("table.rows"), count];
  for (const fact of facts) yield [...fact];
}

interface Reading {
  /** Called now and then with the rows that are done. */
  onRows: (count: number) => void;
  signal: AbortSignal;
}

/** All lines: headings, rows, and the block below them. */
export async function* linesOf<Row>(taken: Taken<Row>, { onRows, signal }: Reading): AsyncGenerator<Cell[]> {
  const { columns, rows } = taken;
  let since = performance.now();
  let count = 0;
  yield columns.map(headingOf);
  for (const row of rows) {
    yield columns.map((column) => cellOf(column, row));
    count += 1;
    if (performance.now() - since < SLICE_MS) continue;
    onRows(count);
    await pause();
    signal.throwIfAborted();
    since = performance.now();
  }
  yield* footOf(taken, count);
}

/** As tab-separated text for a spreadsheet; no cell has a tab or a line break, and none runs as a formula. */
export function tsvLine(cells: readonly Cell[]): string {
  return cells.map((cell) => (typeof cell === "string" ? guarded(cell).replace(/[\t\r\n]+/g, " ") : (cell ?? ""))).join("\t");
}
