// The cell of a table that the keyboard is at: what marks it, what moves it, and what keys and clicks do there.
import { ref, watch } from "vue";

/** Row -1 is the head. */
export interface Place {
  row: number;
  column: number;
}

/** The cell that the keyboard is at, and the id by which the table names it. */
export interface Current {
  at: Place;
  id: string;
}

/** What keys, clicks and screen readers find a cell by. */
export function cellAttributes(current: Current | undefined, row: number, column: number) {
  const isCurrent = current?.at.row === row && current.at.column === column;
  return { "aria-colindex": column + 1, "data-column": column, ...(isCurrent && { id: current.id, "data-current": true }) };
}

interface Grid {
  rows: () => number;
  columns: () => number;
  /** Rows that Page Up and Page Down go over. */
  rowsOnPage: () => number;
  /** Whether a row is unfolded; undefined for one that has nothing to unfold. */
  isOpen: (row: number) => boolean | undefined;
  reveal: (place: Place) => void;
  enter: (place: Place) => void;
  fold: (row: number) => void;
  copy: (row: number) => void;
}

export function useCell({ rows, columns, rowsOnPage, isOpen, reveal, enter, fold, copy }: Grid) {
  const at = ref<Place>({ row: 0, column: 0 });
  function go({ row, column }: Place): void {
    at.value = { row: Math.max(-1, Math.min(rows() - 1, row)), column: Math.max(0, Math.min(columns() - 1, column)) };
  }
  function goTo(place: Place): void {
    go(place);
    reveal(at.value);
  }
  // Rows and columns that go take it along.
  watch([rows, columns], () => go(at.value));

  const steps: Record<string, (from: Place, far: boolean) => Place> = {
    ArrowDown: ({ row, column }) => ({ row: row + 1, column }),
    ArrowUp: ({ row, column }) => ({ row: row - 1, column }),
    ArrowRight: ({ row, column }) => ({ row, column: column + 1 }),
    ArrowLeft: ({ row, column }) => ({ row, column: column - 1 }),
    PageDown: ({ row, column }) => ({ row: row + rowsOnPage(), column }),
    PageUp: ({ row, column }) => ({ row: Math.max(0, row - rowsOnPage()), column }),
    Home: ({ row, column }, far) => (far ? { row, column: 0 } : { row: 0, column }),
    End: ({ row, column }, far) => (far ? { row, column: columns() - 1 } : { row: rows() - 1, column }),
  };
  /** Arrows fold and unfold in the first column. */
  function isFold(key: string): boolean {
    if (at.value.row < 0 || at.value.column > 0) return false;
    return (key === "ArrowRight" && isOpen(at.value.row) === false) || (key === "ArrowLeft" && isOpen(at.value.row) === true);
  }
  function onKey(event: KeyboardEvent): void {
    const isControl = event.ctrlKey || event.metaKey;
    const to = steps[event.key]?.(at.value, isControl);
    if (isFold(event.key)) fold(at.value.row);
    else if (to) goTo(to);
    else if (event.key === "Enter") enter(at.value);
    else if (event.key === "c" && isControl && !getSelection()?.toString() && at.value.row >= 0) copy(at.value.row);
    else return;
    event.preventDefault();
  }
  /** One listener for all cells. */
  function onClick({ target }: { target: EventTarget | null }): void {
    const clicked = target as Element;
    const cell = clicked.closest<HTMLElement>("[data-column]");
    if (!cell || clicked.closest("a, input, .handle")) return;
    at.value = { row: Number(cell.closest("tr")?.dataset.row ?? -1), column: Number(cell.dataset.column) };
    if (clicked.closest(".fold")) fold(at.value.row);
    else if (!clicked.closest("button:not(.link)")) enter(at.value);
  }
  return { at, goTo, onKey, onClick };
}
