// Copies rows of a table for a spreadsheet, and says so.
import { useClipboard } from "@vueuse/core";
import { type Ref, ref } from "vue";
import { useI18n } from "vue-i18n";

import { count } from "../figures/numbers";
import { asTsv, type Column } from "./column";
import type { RowWindow } from "./rowWindow";
import "./words";

export function useCopy<Row>(columns: Readonly<Ref<readonly Column<Row>[]>>, source: Readonly<Ref<RowWindow<Row>>>) {
  const { t } = useI18n();
  const { copy } = useClipboard({ legacy: true });
  const copied = ref("");
  function copyRows(first: number, length: number): void {
    const rows = source.value.read(first, length);
    void copy(asTsv(columns.value, rows)).then(() => (copied.value = t("table.copied", { n: count(rows.length) })));
  }
  return { copied, copyRows };
}
