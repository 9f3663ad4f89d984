// Which columns a table shows and how wide they are: a person's choice, kept in this browser.
import { computed, ref, watch, type ComputedRef } from "vue";

import { browserKept } from "../theme/storage";
import type { Column } from "./column";

interface Choice {
  hidden: string[];
  /** Keys of extra columns that are shown. */
  extra: string[];
  /** Keys of columns behind the first one; those that are not listed follow. */
  order: string[];
  widths: Record<string, number>;
}

const LEAST_PX = 44;
const USUAL_PX = 90;

const nothing = (): Choice => ({ hidden: [], extra: [], order: [], widths: {} });

function kept(name: string): Choice {
  try {
    const found = JSON.parse(browserKept.get(`mes.table.${name}`) ?? "{}") as Partial<Choice>;
    return { ...nothing(), ...found };
  } catch {
    return nothing();
  }
}

/** Without a name the choice is not kept. */
export function useColumns<Row>(all: () => readonly Column<Row>[], name: string | undefined) {
  const choice = ref<Choice>(name ? kept(name) : nothing());
  watch(choice, (next) => name && browserKept.set(`mes.table.${name}`, JSON.stringify(next)), { deep: true });

  // The first column names the row: it is always there, and first.
  const ordered = computed(() => {
    const { order } = choice.value;
    const placeOf = ({ key }: Column<Row>) => (order.includes(key) ? order.indexOf(key) : order.length);
    const [first, ...others] = all().filter(({ isFixed }) => !isFixed);
    return first ? [first, ...others.sort((a, b) => placeOf(a) - placeOf(b))] : [];
  });
  /** The key of a column is listed while it is not as it comes. */
  const listOf = ({ isExtra }: Column<Row>) => (isExtra ? "extra" : "hidden");
  const isShown = (column: Column<Row>) => choice.value[listOf(column)].includes(column.key) === Boolean(column.isExtra);
  const shown: ComputedRef<readonly Column<Row>[]> = computed(() => [
    ...ordered.value.filter((column, place) => place === 0 || isShown(column)),
    ...all().filter(({ isFixed }) => isFixed),
  ]);
  function toggle(column: Column<Row>): void {
    const list = choice.value[listOf(column)];
    const others = list.filter((key) => key !== column.key);
    choice.value[listOf(column)] = others.length < list.length ? others : [...list, column.key];
  }
  /** Moves a column before or behind its neighbour. */
  function move(key: string, step: 1 | -1): void {
    const keys = ordered.value.slice(1).map((column) => column.key);
    const from = keys.indexOf(key);
    const to = from + step;
    if (from < 0 || to < 0 || to >= keys.length) return;
    keys.splice(to, 0, ...keys.splice(from, 1));
    choice.value.order = keys;
  }
  const widthOf = ({ key, width = USUAL_PX }: Column<Row>) => choice.value.widths[key] ?? width;
  const isResized = ({ key }: Column<Row>) => key in choice.value.widths;
  function resize(key: string, px: number): void {
    choice.value.widths[key] = Math.max(LEAST_PX, Math.round(px));
  }
  function reset(): void {
    choice.value = nothing();
  }
  return { ordered, shown, isShown, toggle, move, widthOf, isResized, resize, reset };
}

export type Columns<Row> = ReturnType<typeof useColumns<Row>>;
