// Takes the rows of a table along: as a file, or copied for a spreadsheet. Read in parts, so that the page stays usable.
import { useClipboard } from "@vueuse/core";
import { onScopeDispose, type Ref, ref, shallowRef } from "vue";
import { useI18n } from "vue-i18n";

import { count } from "../figures/numbers";
import { livePlant } from "../plant/livePlant";
import type { Column } from "./column";
import { csvFile } from "./csv";
import { useProvenance } from "./provenance";
import { everyRow, type RowWindow } from "./rowWindow";
import { offer } from "./saveFile";
import { type Cell, cellOf, headingOf, linesOf, formOf, type Taken, tsvLine } from "./taken";
import "./words";

export type Format = "csv" | "xlsx" | "copy";

/** All rows of a tree, with what stands in place of its first column. */
export interface Whole<Row> {
  columns: readonly Column<Row>[];
  rows: Iterable<Row>;
}

interface Table<Row> {
  label: () => string;
  /** Part of the names of files. */
  file: () => string;
  columns: Readonly<Ref<readonly Column<Row>[]>>;
  source: Readonly<Ref<RowWindow<Row>>>;
  whole: () => Whole<Row> | undefined;
}

export function useTake<Row>({ label, file, columns, source, whole }: Table<Row>) {
  const { t } = useI18n();
  const { copy } = useClipboard({ legacy: true });
  const provenance = useProvenance(label);
  /** Rows that are done, and all of them where their number is known. */
  const progress = shallowRef<{ format: Format; rows: number; total: number | undefined }>();
  const said = ref("");
  const problem = ref("");
  let running: AbortController | undefined;
  onScopeDispose(() => running?.abort());

  function taken(): Taken<Row> {
    const tree = whole();
    if (tree) return { columns: [...tree.columns, ...columns.value.slice(1)], rows: tree.rows, facts: provenance.facts() };
    return { columns: columns.value, rows: everyRow(source.value), total: source.value.total, facts: provenance.facts() };
  }

  /** What was made of all rows, and what hands it over. */
  async function make(format: Format, signal: AbortSignal): Promise<{ said: string; hand: () => unknown }> {
    const table = taken();
    const onRows = (rows: number) => (progress.value = { format, rows, total: table.total });
    onRows(0);
    const lines = linesOf(table, { onRows, signal });
    if (format === "copy") {
      const text: string[] = [];
      for await (const line of lines) {
        // What stands below the rows is for files.
        if (line.length === 0) break;
        text.push(tsvLine(line));
      }
      return { said: t("table.copied", { n: count(text.length - 1) }), hand: () => copy(text.join("\n")) };
    }
    const fileName = `${provenance.fileName(file())}.${format}`;
    const made = format === "csv" ? await csvFile(lines) : await workbook(table, lines);
    return { said: t("table.saved", { file: fileName }), hand: () => offer(made, fileName) };
  }

  async function workbook({ columns: all }: Taken<Row>, lines: AsyncIterable<Cell[]>): Promise<Blob> {
    const { xlsxFile } = await import("./workbook");
    return xlsxFile(lines, { name: label(), forms: all.map(formOf) });
  }

  async function take(format: Format): Promise<void> {
    if (running) return;
    const run = (running = new AbortController());
    problem.value = "";
    said.value = "";
    try {
      const made = await livePlant.whileStill(() => make(format, run.signal));
      await made.hand();
      said.value = made.said;
    } catch (failure) {
      if (!run.signal.aborted) problem.value = t("table.notTaken", { why: failure instanceof Error ? failure.message : String(failure) });
    } finally {
      progress.value = undefined;
      running = undefined;
    }
  }

  /** Copies one row below the headings. */
  function copyRow(place: number): void {
    const cells = source.value.read(place, 1).map((row) => columns.value.map((column) => cellOf(column, row)));
    const lines = [columns.value.map(headingOf), ...cells].map((line) => tsvLine(line));
    void copy(lines.join("\n")).then(() => (said.value = t("table.copied", { n: count(cells.length) })));
  }

  return { progress, said, problem, take, copyRow, stop: () => running?.abort() };
}

export type Take = ReturnType<typeof useTake>;
