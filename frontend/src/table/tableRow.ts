// A row of a table. It is drawn without a template, which would wrap every cell in a fragment with two nodes of its own:
// a table has thousands of cells. It is drawn again when one of its properties changes: slots of cells depend on nothing else.
import { type CSSProperties, h, type Slots, type VNode } from "vue";
import { RouterLink } from "vue-router";

import { label as nameOf } from "../figures/numbers";
import { titleOf } from "./cellTitle";
import { type Column, type Drawn, textOf } from "./column";
import { cellAttributes, type Current } from "./useCell";
import type { Tree } from "./useTree";

/** What all rows of a table have in common. */
export interface Drawing<Row> {
  /** Columns that are drawn, with their places among all. */
  block: readonly Drawn<Row>[];
  /** Whether columns are left out behind the first one. */
  gap: boolean;
  opens: boolean;
  opensAt: (row: Row, column: Column<Row>) => boolean;
  tree: Tree<Row> | undefined;
  /** What is drawn in place of the texts of columns, by their keys. */
  cells: Slots;
}

interface RowProps<Row> {
  row: Row;
  index: number;
  /** From the origin of the elements, px. */
  offset: number | undefined;
  drawing: Drawing<Row>;
  /** Only in the row where the keyboard is. */
  current: Current | undefined;
  /** Places of the chosen cells. */
  chosen: string;
}

function styleOf<Row>(row: Row, { shade, ink }: Column<Row>): CSSProperties {
  // In steps that the eye distinguishes: a number that changes little keeps its colour.
  return { backgroundColor: shade && `rgb(var(--heat) / ${shade(row).toFixed(2)})`, color: ink?.(row) };
}

/** What stands in place of the text of a cell, if anything. */
function contentOf<Row>(row: Row, column: Column<Row>, text: string, cells: Slots): VNode[] | undefined {
  const slot = cells[column.key];
  if (slot) return slot({ row, text });
  const to = column.to?.(row);
  return to === undefined ? undefined : [h(RouterLink, { class: "link", tabindex: "-1", to }, () => text)];
}

/** The cell that names the row, with the mark of what unfolds. */
function headOf<Row>(row: Row, column: Column<Row>, { tree, cells }: Drawing<Row>): VNode[] {
  const text = textOf(column, row);
  const content = contentOf(row, column, text, cells) ?? [h("span", { class: "name" }, nameOf(text))];
  const isOpen = tree?.isOpen(row);
  return isOpen === undefined ? content : [h("span", { class: "fold", "aria-hidden": "true" }, isOpen ? "▾" : "▸"), ...content];
}

function bodyOf<Row>(row: Row, column: Column<Row>, { cells }: Drawing<Row>): VNode[] | string {
  const text = textOf(column, row);
  const content = contentOf(row, column, text, cells);
  if (content) return content;
  return column.detail ? [h("span", text), h("small", column.detail(row))] : text;
}

function cellOf<Row>({ row, index, drawing, current, chosen }: RowProps<Row>, { column, place }: Drawn<Row>, isBehind: boolean): VNode {
  const isChosen = chosen !== "" && chosen.split(",").includes(String(place));
  const names = [column.num && "num", drawing.opensAt(row, column) && "opens", isChosen && "chosen", isBehind && "behind"];
  const own = cellAttributes(current, index, place);
  const attributes = {
    ...own,
    key: place,
    role: place === 0 ? "rowheader" : "gridcell",
    class: names.filter(Boolean).join(" "),
    ...(isChosen && { "aria-selected": true }),
    ...(own.id && { title: titleOf(column, row) }),
    ...((column.shade ?? column.ink) && { style: styleOf(row, column) }),
  };
  return place === 0 ? h("th", attributes, headOf(row, column, drawing)) : h("td", attributes, bodyOf(row, column, drawing));
}

export function TableRow<Row>(props: RowProps<Row>): VNode {
  const { row, index, offset, drawing } = props;
  const { block, gap, opens, tree } = drawing;
  const attributes = {
    role: "row",
    "aria-rowindex": index + 2,
    "aria-level": tree?.level(row),
    "aria-expanded": tree?.isOpen(row),
    "data-row": index,
    class: [tree && `level-${tree.level(row)}`, { opens }],
    style: offset === undefined ? undefined : { transform: `translateY(${offset}px)` },
  };
  return h(
    "tr",
    attributes,
    block.map((drawn, place) => cellOf(props, drawn, gap && place === 1)),
  );
}
