// @vitest-environment happy-dom
import { expect, it } from "vitest";

import { blockOf, groupRows, matrixColumns, packageOf } from "./matrix";

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

it("adds up, whatever part is shown", () => {
  const all = matrix(20, 40);
  const rows = groupRows(all, names(20));
  for (const wide of [false, true]) {
    const [, total, ...parts] = matrixColumns(all, names(40), wide);
    expect(parts).toHaveLength(wide ? 40 : 16);
    for (const row of rows) expect(parts.reduce((sum, column) => sum + Number(column.value(row)), 0)).toBe(total!.value(row));
  }
});

it("opens a group, or a group and a package, and never an empty cell", () => {
  const all = matrix(2, 3);
  const [group, total, first, second] = matrixColumns(all, ["total", "", "<b>"], true);
  const [row] = groupRows(all, ["焊接_DB", ""]);
  expect([group!, total!, first!, second!].map(packageOf)).toEqual(["", "", "total", ""]);
  expect([group!, total!, first!, second!].map((column) => column.opens?.(row!))).toEqual([true, true, false, true]);
  expect([first!.text!(row!), second!.titleOf!(row!)]).toEqual(["", "焊接_DB · –: 1"]);
});

it("shows large numbers short, and exactly in the title", () => {
  const all = { ...matrix(1, 1), qty: Float64Array.of(1_234_567) };
  const column = matrixColumns(all, ["QFN"], true)[2]!;
  const row = { name: "TMTT", place: 0 };
  expect([column.text!(row), column.titleOf!(row), column.shade!(row)]).toEqual(["1.2M", "TMTT · QFN: 1,234,567", 0.34]);
});

it("is the same from names as from codes", () => {
  const block = blockOf({
    workcenters: ["DB", "constructor"],
    packages: ["QFN", "SOT", "TO"],
    matrix: { DB: { QFN: 7, TO: 1 }, constructor: { SOT: 2 } },
    workcenter_totals: { DB: 8, constructor: 2 },
    package_totals: { QFN: 7, SOT: 2, TO: 1 },
    grand_total: 10,
  });
  expect(Array.from(block.qty)).toEqual([7, 0, 1, 0, 2, 0]);
  expect([block.groupTotals, block.packageTotals].map((totals) => Array.from(totals))).toEqual([
    [8, 2],
    [7, 2, 1],
  ]);
  const rows = groupRows(block, ["DB", "constructor"]);
  expect(matrixColumns(block, ["QFN", "SOT", "TO"], true)[4]!.value(rows[0]!)).toBe(1);
});
