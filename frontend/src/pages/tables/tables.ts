// The table browser: its filters, its question to the server, and its columns.
import type { MesRow, Schemas } from "../../contract/api";
import { count } from "../../figures/numbers";
import { filterSet, type StateOf, viewState, viewText } from "../../filters/filterSet";
import { one } from "../../filters/urlState";
import type { Column } from "../../table/column";
import { language } from "../../theme/preferences";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

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

/** Rows as far as they are known: counted, about as many, or more than that. */
export function rowsText({ row_count }: TableInfo): string {
  return row_count ? t(`tables.accuracy.${row_count.accuracy}`, { n: count(row_count.rows) }) : "–";
}

export function catalogueColumns(): Column<TableInfo>[] {
  return [
    { key: "name", label: t("tables.table"), value: ({ name }) => name, text: tableName },
    { key: "rows", label: t("tables.limit"), value: ({ row_count }) => row_count?.rows, text: rowsText, num: true },
    { key: "asOf", label: t("tables.asOf"), value: ({ row_count }) => row_count?.as_of },
    { key: "time", label: t("tables.time"), value: ({ time_field }) => time_field },
  ];
}

/** The table in the browser, without the filters of another one. */
export function tableAddress({ name }: TableInfo) {
  return { path: "/tables", query: { table: name } };
}
