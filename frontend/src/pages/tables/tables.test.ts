// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";

import { textOf } from "../../table/column";
import { addWords, i18n } from "../../words/i18n";

import { catalogueColumns, rowColumns, rowsText, tableAddress, tableFilters, type TableInfo, tableQuestion } from "./tables";
import * as words from "./words";

addWords("tables", words);

const { codec } = tableFilters;
const tables: TableInfo[] = ["DW_MES_LOT_V", "DW_MES_JOB"].map((name) => ({
  name,
  label_zh: name,
  label_en: name,
  time_field: null,
  columns: ["LOTID"],
}));

describe("the table browser", () => {
  it("opens with the first table and asks for the one of the address", () => {
    expect(tableQuestion(codec.read({}), tables)).toEqual({ table_name: "DW_MES_LOT_V", filters: {}, limit: 100 });
    const state = codec.read({ table: "DW_MES_JOB", limit: "1000", "where.JOBID": "7" });
    expect(tableQuestion(state, tables)).toEqual({ table_name: "DW_MES_JOB", filters: { JOBID: "7" }, limit: 1000 });
  });

  it("asks for no table that is not there, and takes no other limits", () => {
    expect(tableQuestion(codec.read({ table: "USERS" }), tables)).toBeUndefined();
    expect(codec.read({ limit: "7" }).limit).toBe(100);
  });

  it("writes what it reads", () => {
    const query = { table: "DW_MES_JOB", limit: "10000", "where.JOBID": "7" };
    expect(codec.write(codec.read(query))).toEqual(query);
  });

  it("gives long names wider columns", () => {
    const columns = rowColumns(["QTY", "EQUIPMENTASSETSSTATUS"]);
    expect(columns.map(({ width }) => width)).toEqual([160, 222]);
    expect(columns[0]!.value({ QTY: 7 })).toBe(7);
  });

  it("says how close a number of rows is, and shows a dash while there is none", () => {
    i18n.global.locale.value = "en";
    const counted = (accuracy: "exact" | "estimate" | "at_least") =>
      rowsText({ ...tables[0]!, row_count: { rows: 75_000_000, accuracy, as_of: "2026-11-20T08:00:00.000Z" } });
    expect(counted("exact")).toBe("75,000,000");
    expect(counted("estimate")).toBe("about 75,000,000");
    expect(counted("at_least")).toBe("more than 75,000,000");
    expect(
      catalogueColumns()
        .map((column) => textOf(column, tables[0]!))
        .slice(1),
    ).toEqual(["–", "–", "–"]);
  });

  it("opens a table of the catalogue without the filters of another one", () => {
    expect(codec.read(tableAddress(tables[1]!).query)).toMatchObject({ table: "DW_MES_JOB", where: {} });
  });
});
