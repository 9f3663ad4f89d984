// Titles of cells, which show their texts in full. They come with the pointer: most cells are never pointed at.
import { type Column, textOf } from "./column";

/** What the pointer or the keyboard is told of a cell. */
export function titleOf<Row>(column: Column<Row>, row: Row): string {
  return column.titleOf?.(row) ?? textOf(column, row);
}

const cellAround = (target: EventTarget | null) => (target as Element).closest<HTMLElement>("tbody [data-column]");

/** Gives a cell its title when the pointer comes. */
export function titlePointed<Row>(
  { target }: Pick<PointerEvent, "target">,
  rowAt: (place: number) => Row | undefined,
  columns: readonly Column<Row>[],
): void {
  const cell = cellAround(target);
  const row = cell && rowAt(Number(cell.closest("tr")!.dataset.row));
  const column = cell && columns[Number(cell.dataset.column)];
  if (row && column) cell.title = titleOf(column, row);
}

/** Takes it back when the pointer goes: the cell may get the text of another row. The keyboard's cell keeps its own. */
export function titleLeft({ target }: Pick<PointerEvent, "target">): void {
  const cell = cellAround(target);
  if (cell && !("current" in cell.dataset)) cell.removeAttribute("title");
}
