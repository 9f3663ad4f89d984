// The state of the table browser as its address, and as question to the server.
import { one, type UrlCodec } from "../../filters/urlState";
import type { MesRow } from "../../contract/api";

/** Rows that may be asked for. */
export const LIMITS = [100, 1_000, 10_000] as const;

export interface TableInfo {
  name: string;
  label_zh: string;
  label_en: string;
  time_field: string | null;
  columns: string[];
}

export interface TableRows {
  columns: string[];
  data: MesRow[];
  row_count: number;
}

export interface TablesState {
  table: string;
  /** Texts by column. */
  filters: Record<string, string>;
  limit: number;
}

/** Filters are `where.COLUMN=text` in the address. */
const PREFIX = "where.";

export const tablesCodec: UrlCodec<TablesState> = {
  read: (query) => {
    const names = Object.keys(query).filter((key) => key.startsWith(PREFIX));
    const filters = Object.fromEntries(names.map((key) => [key.slice(PREFIX.length), one(query, key)]));
    return { table: one(query, "table"), filters, limit: LIMITS.find((limit) => String(limit) === one(query, "limit")) ?? LIMITS[0] };
  },
  write: (state) => ({
    table: state.table,
    limit: state.limit === LIMITS[0] ? undefined : String(state.limit),
    ...Object.fromEntries(Object.entries(state.filters).map(([column, text]) => [`${PREFIX}${column}`, text])),
  }),
};

/** The question about the table that is chosen, or the first one. */
export function tableQuestion(
  state: TablesState,
  tables: readonly TableInfo[],
): { table_name: string; filters: Record<string, string>; limit: number } | undefined {
  const table = tables.find((one) => one.name === state.table) ?? (state.table === "" ? tables[0] : undefined);
  return table && { table_name: table.name, filters: state.filters, limit: state.limit };
}
