// Which columns a table shows and how wide they are: a person's choice, kept in this browser.
import { computed, ref, watch, type ComputedRef } from "vue";

import { browserKept } from "../theme/storage";
import type { Column } from "./column";

interface Choice {
  hidden: string[];
  widths: Record<string, number>;
}

const LEAST_PX = 44;
const USUAL_PX = 90;

function kept(name: string): Choice {
  try {
    const found = JSON.parse(browserKept.get(`mes.table.${name}`) ?? "{}") as Partial<Choice>;
    return { hidden: found.hidden ?? [], widths: found.widths ?? {} };
  } catch {
    return { hidden: [], widths: {} };
  }
}

/** Without a name the choice is not kept. */
export function useColumns<Row>(all: () => readonly Column<Row>[], name: string | undefined) {
  const choice = ref<Choice>(name ? kept(name) : { hidden: [], widths: {} });
  watch(choice, (next) => name && browserKept.set(`mes.table.${name}`, JSON.stringify(next)), { deep: true });

  // The first column names the row: it is always there.
  const shown: ComputedRef<readonly Column<Row>[]> = computed(() =>
    all().filter(({ key }, place) => place === 0 || !choice.value.hidden.includes(key)),
  );
  const isShown = (key: string) => !choice.value.hidden.includes(key);
  function toggle(key: string): void {
    const { hidden } = choice.value;
    choice.value.hidden = hidden.includes(key) ? hidden.filter((other) => other !== key) : [...hidden, key];
  }
  const widthOf = ({ key, width = USUAL_PX }: Column<Row>) => choice.value.widths[key] ?? width;
  const isResized = ({ key }: Column<Row>) => key in choice.value.widths;
  function resize(key: string, px: number): void {
    choice.value.widths[key] = Math.max(LEAST_PX, Math.round(px));
  }
  function reset(): void {
    choice.value = { hidden: [], widths: {} };
  }
  return { shown, isShown, toggle, widthOf, isResized, resize, reset };
}

export type Columns<Row> = ReturnType<typeof useColumns<Row>>;
