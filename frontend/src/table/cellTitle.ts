// The cells of a row of a table with everything that is asked of them, once each.
import type { CSSProperties } from "vue";

import { type Column, type Drawn, textOf } from "./column";
import { cellAttributes, type Current } from "./useCell";

export interface DrawnCells<Row> {
  /** Columns that are drawn, with their places among all. */
  block: readonly Drawn<Row>[];
  /** Whether columns are left out behind the first one. */
  gap: boolean;
  opensAt: (row: Row, column: Column<Row>) => boolean;
  isChosen: ((row: Row, column: Column<Row>) => boolean) | undefined;
}

function styleOf<Row>(row: Row, { shade, ink }: Column<Row>): CSSProperties | undefined {
  if (!shade && !ink) return undefined;
  // In steps that the eye distinguishes: a number that changes little keeps its colour.
  return { backgroundColor: shade && `rgb(var(--heat) / ${shade(row).toFixed(2)})`, color: ink?.(row) };
}

/** What the pointer or the keyboard is told of a cell. */
function titleOf<Row>(column: Column<Row>, row: Row): string {
  return column.titleOf?.(row) ?? textOf(column, row);
}

/** Gives a cell its title when the pointer comes: most cells are never pointed at. */
export function titlePointed<Row>(
  { target }: Pick<PointerEvent, "target">,
  rowAt: (place: number) => Row | undefined,
  columns: readonly Column<Row>[],
): void {
  const cell = (target as Element).closest<HTMLElement>("tbody [data-column]");
  const row = cell && rowAt(Number(cell.closest("tr")!.dataset.row));
  const column = cell && columns[Number(cell.dataset.column)];
  if (row && column) cell.title = titleOf(column, row);
}

export function cellsOf<Row>(drawnCells: Current & DrawnCells<Row>, row: Row, index: number) {
  const { block, gap, isChosen, opensAt } = drawnCells;
  return block.map(({ column, place }, drawn) => {
    const text = textOf(column, row);
    const chosen = isChosen?.(row, column);
    const current = cellAttributes(drawnCells, index, place);
    const attributes = {
      ...current,
      role: place === 0 ? "rowheader" : "gridcell",
      "aria-selected": chosen || undefined,
      class: [column.num && "num", opensAt(row, column) && "opens", chosen && "chosen", drawn === 1 && gap && "behind"]
        .filter(Boolean)
        .join(" "),
      title: current.id && titleOf(column, row),
      style: styleOf(row, column),
    };
    return { column, place, text, to: column.to?.(row), attributes };
  });
}
