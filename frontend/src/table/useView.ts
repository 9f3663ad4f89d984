// What of a table is drawn: the rows and columns that are in view, and on paper all of them.
import { useVirtualizer } from "@tanstack/vue-virtual";
import { useElementHover, useFocusWithin } from "@vueuse/core";
import { computed, nextTick, type Ref, watch } from "vue";

import { PRINTED_ROWS, printing } from "../theme/printing";
import type { Column, Drawn } from "./column";
import { type RowKey, type Slots, slotsOf } from "./rowSlots";
import type { RowWindow } from "./rowWindow";
import type { Place } from "./useCell";
import type { Columns } from "./useColumns";

export const ROW_PX = 34;
/** Rows that a table has wherever it is, and that are ready for the wheel and the keys while the pointer or the focus is there. */
const [LEAST_ROWS, READY_ROWS] = [8, 8];
/** What the head and the foot of a table cover of its rows. */
const EDGES_PX = 80;
/** More columns than this are drawn only in view. */
const PLAIN_COLUMNS = 40;
/** Width of paper, px. */
const PAPER_PX = 1_000;

/** Columns in blocks that fit on paper; every block begins with the first column. */
export function paperBlocks<Row>(all: readonly Drawn<Row>[], widthOf: (drawn: Drawn<Row>) => number): Drawn<Row>[][] {
  const found: Drawn<Row>[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (const drawn of all.slice(1)) {
    if (used + widthOf(drawn) > PAPER_PX) {
      found.push([all[0]!]);
      used = widthOf(all[0]!);
    }
    found.at(-1)!.push(drawn);
    used += widthOf(drawn);
  }
  return found.length > 0 ? found : [[...all]];
}

export interface DrawnRow<Row> {
  row: Row;
  /** Its place among all rows. */
  index: number;
  /** Its element. */
  slot: number;
}

interface Parts<Row> {
  /** The element that scrolls. */
  frame: Readonly<Ref<HTMLElement | null>>;
  /** How far it is in view or near, px from its top. */
  seen: Readonly<Ref<number>>;
  source: Readonly<Ref<RowWindow<Row>>>;
  columns: Columns<Row>;
  /** Width of the columns that fill the frame, px; 0 for those that are there. */
  reach: () => number;
  /** What a row keeps its element by. */
  keyOf: (row: Row, index: number) => RowKey;
}

export function useView<Row>({ frame, seen, source, columns: { shown: columns, widthOf, isResized }, reach, keyOf }: Parts<Row>) {
  const hasPointer = useElementHover(frame);
  const { focused } = useFocusWithin(frame);
  const overscan = computed(() => (hasPointer.value || focused.value ? READY_ROWS : 0));
  const rowsInView = useVirtualizer(
    computed(() => ({
      count: source.value.total,
      getScrollElement: () => frame.value,
      estimateSize: () => ROW_PX,
      overscan: overscan.value,
      scrollPaddingEnd: EDGES_PX,
    })),
  );
  /** A frame that reaches below the window has no rows there. */
  function isSeen({ index, start }: { index: number; start: number }): boolean {
    return index < LEAST_ROWS || start < (rowsInView.value.scrollOffset ?? 0) + seen.value + overscan.value * ROW_PX;
  }
  const columnsInView = useVirtualizer(
    computed(() => ({
      horizontal: true,
      count: Math.max(0, columns.value.length - 1),
      enabled: columns.value.length > PLAIN_COLUMNS,
      getScrollElement: () => frame.value,
      estimateSize: (place: number) => widthOf(columns.value[place + 1]!),
      overscan: 4,
    })),
  );
  watch([() => columns.value.length, () => columns.value.map(widthOf).join()], () => columnsInView.value.measure());

  const all = computed(() => columns.value.map((column, place): Drawn<Row> => ({ column, place })));
  /** The columns that are drawn, and the width of those behind the first one that are not. */
  const cut = computed(() => {
    if (all.value.length <= PLAIN_COLUMNS) return { drawn: all.value, left: undefined };
    const items = columnsInView.value.getVirtualItems();
    return { drawn: [all.value[0]!, ...items.map(({ index }) => all.value[index + 1]!)], left: items[0]?.start ?? 0 };
  });
  /** The column that stays in view leaves room for numbers. */
  const firstWidth = (column: Column<Row>) => `min(${widthOf(column)}px, 40vw)`;
  const isCut = computed(() => cut.value.left !== undefined && !printing.value);
  const blocks = computed(() => (printing.value ? paperBlocks(all.value, ({ column }) => widthOf(column)) : [cut.value.drawn]));
  /** The width of a column, or of several, as its part of the frame. */
  const partOf = (px: number) => `${(100 * px) / reach()}cqw`;
  /** Columns take a share of what is left, except in a table so wide that there is nothing left. */
  const tracks = computed(() => {
    const { drawn, left } = cut.value;
    const sizes = drawn.map(({ column, place }) => {
      const px = place === 0 ? firstWidth(column) : `${widthOf(column)}px`;
      if (left !== undefined || isResized(column)) return px;
      return reach() > 0 ? `max(${px}, ${partOf(widthOf(column))})` : `minmax(${px}, ${widthOf(column)}fr)`;
    });
    return left === undefined ? sizes.join(" ") : [sizes[0], `${left}px`, ...sizes.slice(1)].join(" ");
  });
  const style = computed(() => {
    if (printing.value) return undefined;
    const [first, ...others] = columns.value;
    const px = others.reduce((sum, column) => sum + widthOf(column), 0);
    const least = `calc(${first ? firstWidth(first) : "0px"} + ${px}px)`;
    const minWidth = reach() > 0 ? `max(${least}, ${partOf(px + (first ? widthOf(first) : 0))})` : least;
    return { "--tracks": tracks.value, minWidth };
  });
  const read = computed(() => {
    const items = printing.value ? [] : rowsInView.value.getVirtualItems().filter(isSeen);
    const first = items[0]?.index ?? 0;
    const length = printing.value ? Math.min(source.value.total, PRINTED_ROWS) : items.length;
    return source.value.read(first, length).map((row, place) => ({ row, index: first + place, key: keyOf(row, first + place) }));
  });
  const slots = computed<Slots>((before) =>
    slotsOf(
      read.value.map(({ key }) => key),
      read.value[0]?.index ?? 0,
      before,
    ),
  );
  const rows = computed(() => read.value.map(({ row, index, key }): DrawnRow<Row> => ({ row, index, slot: slots.value.of.get(key)! })));
  const origin = computed(() => slots.value.origin);

  /** Scrolls to the cell that the keyboard is at. */
  function reveal({ row, column }: Place): void {
    if (row >= 0) rowsInView.value.scrollToIndex(row);
    if (column > 0 && cut.value.left !== undefined) columnsInView.value.scrollToIndex(column - 1);
    void nextTick(() => frame.value?.querySelector("[data-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" }));
  }
  /** The browser lays out the page to scroll it, also where there is nothing to scroll. */
  function toTop(): void {
    if (rowsInView.value.scrollOffset) frame.value?.scrollTo({ top: 0 });
  }
  const rowsOnPage = () => Math.max(1, Math.floor((frame.value?.clientHeight ?? 0) / ROW_PX) - 2);
  return { rows, origin, blocks, isCut, style, reveal, toTop, rowsOnPage };
}
