// The matrix of groups and packages as a table, however large it is.
import type { OverviewColumns } from "mes-compute";

/** Packages that are shown first. */
const TOP = 15;
/** Cells and rows that a browser draws without delay; a click adds as many again. */
const CELLS = 6_000;
const ROWS = 150;
/** Columns that fit on paper beside the names. */
const PRINTED_COLUMNS = 12;

export interface MatrixCut {
  rows: number;
  columns: number;
  rowsLeft: number;
  columnsLeft: number;
}

/** How much of the matrix is drawn after `pages - 1` clicks for more. */
export function matrixCut(groups: number, packages: number, wide: boolean, pages: number): MatrixCut {
  const rows = Math.min(groups, ROWS * pages);
  const columns = wide ? Math.min(packages, Math.max(TOP, Math.floor((CELLS * pages) / Math.max(1, rows)))) : Math.min(packages, TOP);
  return { rows, columns, rowsLeft: groups - rows, columnsLeft: packages - columns };
}

export interface MatrixTable {
  columns: { name: string; total: number }[];
  rows: { name: string; total: number; cells: { value: number; heat: number }[]; others: number }[];
  /** The packages that are not shown, together: what is shown adds up. */
  others: { packages: number; total: number } | undefined;
}

/** The part of the matrix that is drawn. */
export function matrixTable(matrix: OverviewColumns["matrix"], groups: string[], packages: string[], cut: MatrixCut): MatrixTable {
  const width = matrix.packages.length;
  const columns = Array.from(matrix.packages.subarray(0, cut.columns), (code, column) => ({
    name: packages[code] ?? "",
    total: matrix.packageTotals[column] ?? 0,
  }));
  // Not by spreading: there may be more cells than a call has arguments.
  const largest = matrix.qty.reduce((most, value) => Math.max(most, value), 1);
  const rows = Array.from(matrix.groups.subarray(0, cut.rows), (code, row) => {
    // The heat of a cell follows its share of the largest one; the root keeps small ones visible.
    const cells = Array.from(matrix.qty.subarray(row * width, row * width + cut.columns), (value) => ({
      value,
      heat: Math.sqrt(Math.max(0, value) / largest) * 0.34,
    }));
    const total = matrix.groupTotals[row] ?? 0;
    return { name: groups[code] ?? "", total, cells, others: total - cells.reduce((sum, cell) => sum + cell.value, 0) };
  });
  const shown = columns.reduce((sum, column) => sum + column.total, 0);
  return { columns, rows, others: cut.columnsLeft > 0 ? { packages: cut.columnsLeft, total: matrix.grandTotal - shown } : undefined };
}

/** The same table in blocks of columns that fit on paper. */
export function matrixBlocks(table: MatrixTable): MatrixTable[] {
  const blocks: MatrixTable[] = [];
  for (let from = 0; from === 0 || from < table.columns.length; from += PRINTED_COLUMNS) {
    const to = from + PRINTED_COLUMNS;
    blocks.push({
      columns: table.columns.slice(from, to),
      rows: table.rows.map((row) => ({ ...row, cells: row.cells.slice(from, to) })),
      others: to >= table.columns.length ? table.others : undefined,
    });
  }
  return blocks;
}
