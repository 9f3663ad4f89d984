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
  return { backgroundColor: shade && `rgb(var(--heat) / ${shade(row)})`, color: ink?.(row) };
}

export function cellsOf<Row>(drawnCells: Current & DrawnCells<Row>, row: Row, index: number) {
  const { block, gap, isChosen, opensAt } = drawnCells;
  return block.map(({ column, place }, drawn) => {
    const text = textOf(column, row);
    const chosen = isChosen?.(row, column);
    const attributes = {
      ...cellAttributes(drawnCells, index, place),
      role: place === 0 ? "rowheader" : "gridcell",
      "aria-selected": chosen || undefined,
      class: [column.num && "num", opensAt(row, column) && "opens", chosen && "chosen", drawn === 1 && gap && "behind"]
        .filter(Boolean)
        .join(" "),
      title: column.titleOf?.(row) ?? text,
      style: styleOf(row, column),
    };
    return { column, place, text, to: column.to?.(row), attributes };
  });
}
