import { describe, expect, it } from "vitest";

import { type TableInfo, tableQuestion, tablesCodec } from "./tables";

const tables: TableInfo[] = ["DW_MES_LOT_V", "DW_MES_JOB"].map((name) => ({
  name,
  label_zh: name,
  label_en: name,
  time_field: null,
  columns: ["LOTID"],
}));

describe("the table browser", () => {
  it("opens with the first table and asks for the one of the address", () => {
    expect(tableQuestion(tablesCodec.read({}), tables)).toEqual({ table_name: "DW_MES_LOT_V", filters: {}, limit: 100 });
    const state = tablesCodec.read({ table: "DW_MES_JOB", limit: "1000", "where.JOBID": "7" });
    expect(tableQuestion(state, tables)).toEqual({ table_name: "DW_MES_JOB", filters: { JOBID: "7" }, limit: 1000 });
  });

  it("asks for no table that is not there, and takes no other limits", () => {
    expect(tableQuestion(tablesCodec.read({ table: "USERS" }), tables)).toBeUndefined();
    expect(tablesCodec.read({ limit: "7" }).limit).toBe(100);
  });

  it("writes what it reads", () => {
    const query = { table: "DW_MES_JOB", limit: "10000", "where.JOBID": "7" };
    expect(tablesCodec.write(tablesCodec.read(query))).toEqual(query);
  });
});
