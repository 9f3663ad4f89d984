// The table browser: its filters, its question to the server, and its columns.
import type { MesRow, Schemas } from "../../contract/api";
import { count } from "../../figures/numbers";
import { filterSet, type StateOf, viewState, viewText } from "../../filters/filterSet";
import { one } from "../../filters/urlState";
import type { Column } from "../../table/column";
import { language } from "../../theme/preferences";

/** Rows that one question takes. */
const LIMITS: readonly number[] = [100, 1_000, 10_000];
const USUAL_LIMIT = 100;

export type TableInfo = Schemas["TableInfo"];
export type TableQuestion = Schemas["RowsQuestion"] & { limit: number };

/** Filters are `where.COLUMN=text` in the address. */
const PREFIX = "where.";

export const tableFilters = filterSet()({
  table: viewText("table"),
  /** Texts by column. */
  where: viewState<Record<string, string>>(
    {},
    (query) => {
      const names = Object.keys(query).filter((key) => key.startsWith(PREFIX));
      return Object.fromEntries(names.map((key) => [key.slice(PREFIX.length), one(query, key)]));
    },
    (where) => Object.fromEntries(Object.entries(where).map(([column, text]) => [`${PREFIX}${column}`, text])),
  ),
  limit: viewState(
    USUAL_LIMIT,
    (query) => LIMITS.find((limit) => String(limit) === one(query, "limit")) ?? USUAL_LIMIT,
    (limit) => ({ limit: limit === USUAL_LIMIT ? undefined : String(limit) }),
    (text) => LIMITS.some((limit) => String(limit) === text),
  ),
});

/** The question about the table that is chosen, or the first one. */
export function tableQuestion(state: StateOf<typeof tableFilters.filters>, tables: readonly TableInfo[]): TableQuestion | undefined {
  const table = tables.find(({ name }) => name === state.table) ?? (state.table === "" ? tables[0] : undefined);
  return table && { table_name: table.name, filters: state.where, limit: state.limit };
}

export function tableName({ name, label_zh, label_en }: TableInfo): string {
  return `${language.value === "en" ? label_en : label_zh} · ${name}`;
}

export function tableLimits(): { value: string; label: string }[] {
  return LIMITS.map((limit) => ({ value: String(limit), label: count(limit) }));
}

/** Columns as the table has them, wide enough for their names, an id and a time. */
export function rowColumns(names: readonly string[]): Column<MesRow>[] {
  return names.map((name) => ({ key: name, label: name, value: (row) => row[name], width: Math.max(160, name.length * 10 + 12) }));
}
