import { describe, expect, it } from "vitest";

import { matrixBlocks, matrixCut, matrixTable } from "./matrix";

function matrix(groups: number, packages: number) {
  const qty = Float64Array.from({ length: groups * packages }, (_, n) => n % 7);
  const sum = (from: number, step: number, count: number) =>
    Array.from({ length: count }, (_, n) => qty[from + n * step]!).reduce((a, b) => a + b, 0);
  return {
    groups: Uint32Array.from({ length: groups }, (_, n) => n),
    packages: Uint32Array.from({ length: packages }, (_, n) => n),
    qty,
    groupTotals: Float64Array.from({ length: groups }, (_, n) => sum(n * packages, 1, packages)),
    packageTotals: Float64Array.from({ length: packages }, (_, n) => sum(n, packages, groups)),
    grandTotal: sum(0, 1, groups * packages),
  };
}
const names = (count: number) => Array.from({ length: count }, (_, n) => `n${n}`);

describe("the matrix", () => {
  it("is whole when it is small, and its first packages otherwise", () => {
    expect(matrixCut(12, 10, false, 1)).toEqual({ rows: 12, columns: 10, rowsLeft: 0, columnsLeft: 0 });
    expect(matrixCut(12, 40, false, 1)).toEqual({ rows: 12, columns: 15, rowsLeft: 0, columnsLeft: 25 });
    expect(matrixCut(12, 40, true, 1)).toEqual({ rows: 12, columns: 40, rowsLeft: 0, columnsLeft: 0 });
  });
  it("is drawn in parts when it is huge, and says what is left", () => {
    expect(matrixCut(400, 400, true, 1)).toEqual({ rows: 150, columns: 40, rowsLeft: 250, columnsLeft: 360 });
    expect(matrixCut(400, 400, true, 3)).toEqual({ rows: 400, columns: 45, rowsLeft: 0, columnsLeft: 355 });
    let pages = 1;
    while (matrixCut(400, 400, true, pages).columnsLeft > 0) pages += 1;
    expect(pages).toBe(27);
  });
  it("adds up, whatever part is shown", () => {
    const all = matrix(20, 40);
    for (const wide of [false, true]) {
      const table = matrixTable(all, names(20), names(40), matrixCut(20, 40, wide, 1));
      for (const row of table.rows) expect(row.cells.reduce((sum, cell) => sum + cell.value, 0) + row.others).toBe(row.total);
      expect(table.columns.reduce((sum, column) => sum + column.total, 0) + (table.others?.total ?? 0)).toBe(all.grandTotal);
      expect(table.others?.packages).toBe(wide ? undefined : 25);
    }
    expect(matrixTable(matrix(400, 400), names(400), names(400), matrixCut(400, 400, true, 1)).rows).toHaveLength(150);
  });
  it("is printed in blocks that have every column once", () => {
    const table = matrixTable(matrix(3, 40), names(3), names(40), matrixCut(3, 40, false, 1));
    const blocks = matrixBlocks(table);
    expect(blocks.map((block) => block.columns.length)).toEqual([12, 3]);
    expect(blocks.flatMap((block) => block.columns)).toEqual(table.columns);
    expect(blocks.map((block) => block.others?.packages)).toEqual([undefined, 25]);
    expect(matrixBlocks(matrixTable(matrix(0, 0), [], [], matrixCut(0, 0, true, 1)))).toHaveLength(1);
  });
});
