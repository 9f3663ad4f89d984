// @vitest-environment happy-dom
import { expect, it, vi } from "vitest";
import { nextTick, ref } from "vue";

import { cellAttributes, useCell } from "./useCell";

function grid() {
  const rows = ref(50);
  const open = new Set([1]);
  const calls = { reveal: vi.fn(), enter: vi.fn(), fold: vi.fn(), copy: vi.fn() };
  const isOpen = (row: number) => (row < 2 ? open.has(row) : undefined);
  const cell = useCell({ rows: () => rows.value, columns: () => 3, rowsOnPage: () => 10, isOpen, ...calls });
  const press = (key: string, more: KeyboardEventInit = {}) => {
    const event = new KeyboardEvent("keydown", { key, cancelable: true, ...more });
    cell.onKey(event);
    return event.defaultPrevented;
  };
  return { ...cell, ...calls, rows, press };
}

it("stays inside of the table, whose head is row -1", () => {
  const { at, press } = grid();
  for (const key of ["ArrowUp", "ArrowUp", "ArrowRight", "ArrowRight", "ArrowRight"]) press(key);
  expect(at.value).toEqual({ row: -1, column: 2 });
  press("PageDown");
  expect(at.value.row).toBe(9);
  press("End");
  press("Home", { ctrlKey: true });
  expect(at.value).toEqual({ row: 49, column: 0 });
  expect(press("x")).toBe(false);
});

it("goes along when rows go", async () => {
  const { at, press, rows } = grid();
  press("End");
  rows.value = 5;
  await nextTick();
  expect(at.value.row).toBe(4);
});

it("folds and unfolds in the first column, and moves elsewhere", () => {
  const { at, press, fold } = grid();
  press("ArrowRight");
  expect(fold).toHaveBeenLastCalledWith(0);
  press("ArrowDown");
  press("ArrowLeft");
  expect(fold).toHaveBeenLastCalledWith(1);
  press("ArrowRight");
  expect(at.value).toEqual({ row: 1, column: 1 });
  expect(fold).toHaveBeenCalledTimes(2);
});

it("enters and copies what it is at", () => {
  const { press, enter, copy } = grid();
  press("ArrowDown");
  press("Enter");
  press("c", { ctrlKey: true });
  expect(enter).toHaveBeenCalledWith({ row: 1, column: 0 });
  expect(copy).toHaveBeenCalledWith(1);
});

it("marks one cell as the current one", () => {
  const current = { at: { row: -1, column: 1 }, id: "x-0-1" };
  const places = [-1, 0].flatMap((row) => [0, 1].map((column) => cellAttributes(current, row, column)));
  expect(places.map((cell) => [cell.id, cell["data-current"]])).toEqual([
    [undefined, undefined],
    ["x-0-1", true],
    [undefined, undefined],
    [undefined, undefined],
  ]);
  expect(cellAttributes(current, 0, 2)).toMatchObject({ "aria-colindex": 3, "data-column": 2 });
});
