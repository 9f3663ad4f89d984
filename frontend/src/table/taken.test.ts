// @vitest-environment happy-dom
import { flushPromises } from "@vue/test-utils";
import readWorkbook from "read-excel-file/node";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { mountPart } from "../testing";
import { language } from "../theme/preferences";
import type { Column } from "./column";
import { csvFile } from "./csv";
import DataTable from "./DataTable.vue";
import { everyRow, type RowWindow } from "./rowWindow";
import { offer } from "./saveFile";
import { linesOf, type Taken, tsvLine } from "./taken";
import TreeTable from "./TreeTable.vue";
import { sheetName, xlsxFile } from "./workbook";

vi.mock("./saveFile", () => ({ offer: vi.fn() }));

interface Lot {
  id: string;
  qty: number | null;
  since: string | null;
}
const columns: Column<Lot>[] = [
  { key: "id", label: "Lot", value: ({ id }) => id, kind: "identifier" },
  { key: "qty", label: "Pieces", value: ({ qty }) => qty, text: () => "4.2M", total: 4_212_345 },
  { key: "since", label: "Since", value: ({ since }) => since, kind: "instant" },
];
const HOSTILE = [
  "=cmd|' /C calc'!A0",
  "<script>alert(1)</script>",
  'a "b", c;d',
  "two\r\nlines\tand a tab",
  "\t=1",
  "\r=1",
  "@A1",
  "+886-2",
  "00123",
  "1E5",
  "😀 مرحبا \u202e=1",
  "_x0041_ &amp; \u{1}",
  "\u{feff}＝1",
];
const lots: Lot[] = HOSTILE.map((id, n) => ({
  id,
  qty: n === 0 ? 4_212_345 : n === 1 ? null : 0,
  since: ["2026-11-27T06:00:00", "0001-01-01T00:00:00", "2026-02-31 00:00:00", null][n % 4]!,
}));
const reading = () => ({ onRows: vi.fn(), signal: new AbortController().signal });
const given = (rows: Iterable<Lot> = lots): Taken<Lot> => ({ columns, rows, facts: [["Page", "http://plant/wip?a=1"]] });
const forms = ["text", "number", "instant"] as const;

async function sheetsOf(file: Blob): Promise<{ sheet: string; data: unknown[][] }[]> {
  return (await readWorkbook(Buffer.from(await file.arrayBuffer()), { trim: false })) as never;
}
/** Fields of a file with quotes. */
function fieldsOf(csv: string): string[][] {
  const lines: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    lines.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === "\r\n") lines.push([]);
  }
  return lines.slice(0, -1);
}

beforeEach(() => {
  language.value = "en";
});

describe("a file of a table", () => {
  it("is CSV with all texts as they are, except for formulas, and exact numbers", async () => {
    const file = await csvFile(linesOf(given(), reading()));
    const bytes = new Uint8Array(await file.arrayBuffer());
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const text = new TextDecoder().decode(bytes);
    const [head, ...rows] = fieldsOf(text);
    expect(head).toEqual(["Lot", "Pieces", "Since"]);
    const guardedAt = [0, 4, 5, 6, 7, 12];
    expect(rows.slice(0, lots.length).map(([id]) => id)).toEqual(HOSTILE.map((id, n) => (guardedAt.includes(n) ? `'${id}` : id)));
    expect(rows.slice(0, 4).map((row) => row.slice(1))).toEqual([
      ["4212345", "2026-11-27 06:00:00"],
      ["", "0001-01-01 00:00:00"],
      ["0", "2026-02-31 00:00:00"],
      ["0", ""],
    ]);
    expect(rows.slice(lots.length)).toEqual([[""], ["Total", "4212345", ""], ["Rows", "13"], ["Page", "http://plant/wip?a=1"]]);
  });

  it("is a workbook with texts, numbers and moments as cells of their kind, and no formula", async () => {
    const file = await xlsxFile(linesOf(given(), reading()), { name: "WIP [a/b]: all", forms });
    const [sheet] = await sheetsOf(file);
    expect(sheet!.sheet).toBe("WIP  a b   all");
    const rows = sheet!.data;
    expect(rows.slice(1, 4)).toEqual([
      [HOSTILE[0], 4_212_345, new Date(Date.UTC(2026, 10, 27, 6))],
      [HOSTILE[1], null, "0001-01-01 00:00:00"],
      [HOSTILE[2], 0, "2026-02-31 00:00:00"],
    ]);
    expect(rows.slice(9, 11).map(([id]) => id)).toEqual(["00123", "1E5"]);
    expect(rows.slice(-3)).toEqual([
      ["Total", 4_212_345, null],
      ["Rows", 13, null],
      ["Page", "http://plant/wip?a=1", null],
    ]);
  });

  it("has the headings and the block below also without rows", async () => {
    const [sheet] = await sheetsOf(await xlsxFile(linesOf(given([]), reading()), { name: "", forms }));
    expect([sheet!.sheet, sheet!.data.length, sheet!.data[0], sheet!.data[3]]).toEqual([
      "1",
      5,
      ["Lot", "Pieces", "Since"],
      ["Rows", 0, null],
    ]);
  });

  it("continues on another sheet, whose headings are the same", async () => {
    const file = await xlsxFile(linesOf(given(), reading()), { name: "Lots", forms, rowsPerSheet: 10 });
    const [first, second] = await sheetsOf(file);
    expect([first!.data.length, second!.sheet, second!.data[0]]).toEqual([10, "Lots_2", ["Lot", "Pieces", "Since"]]);
    expect([...first!.data.slice(1), ...second!.data.slice(1, 5)].map(([id]) => id)).toEqual(HOSTILE);
  });

  it("cuts what no cell takes where a letter ends, and has names that Excel takes", async () => {
    const long = given([{ id: "😀".repeat(20_000), qty: Number.NaN, since: null }]);
    const [sheet] = await sheetsOf(await xlsxFile(linesOf(long, reading()), { name: "A", forms }));
    expect([(sheet!.data[1]![0] as string).length, sheet!.data[1]![1]]).toEqual([32_767, null]);
    expect(sheet!.data[1]![0]).toMatch(/^(😀)+…$/u);
    expect(["'a'", "History", "\ud800", "焊接".repeat(20), "[]:*?/\\"].map(sheetName)).toEqual([
      "a",
      "History 1",
      "1",
      `${"焊接".repeat(12)}焊`,
      "1",
    ]);
  });

  it("says no number that the screen does not have below moments", async () => {
    const dated = [columns[0]!, { ...columns[2]!, kind: "date" as const }];
    const file = await xlsxFile(linesOf({ columns: dated, rows: lots, facts: [] }, reading()), { name: "A", forms: ["text", "date"] });
    expect((await sheetsOf(file))[0]!.data.at(-1)).toEqual(["Rows", "13"]);
  });

  it("ends with an error where a part of the rows is missing", async () => {
    const cut: RowWindow<Lot> = { total: 401, read: (first, count) => Array(first < 200 ? count : count - 1).fill(lots[0]) as Lot[] };
    await expect(csvFile(linesOf(given(everyRow(cut)), reading()))).rejects.toThrow("rows 201 to 400: 199 were read");
  });

  it("lets the page work in between, tells how far it is, and stops when it is told so", async () => {
    const run = new AbortController();
    const onRows = vi.fn((done: number) => done > 20 && run.abort());
    vi.spyOn(performance, "now").mockImplementation(() => (clock += 5));
    let clock = 0;
    const many: RowWindow<Lot> = { total: 10_000, read: (_, count) => Array(count).fill(lots[1]) as Lot[] };
    await expect(csvFile(linesOf(given(everyRow(many)), { onRows, signal: run.signal }))).rejects.toThrow("aborted");
    vi.restoreAllMocks();
    expect(onRows.mock.calls.flat().slice(0, 3)).toEqual([3, 6, 9]);
    expect(onRows.mock.calls.length).toBeLessThan(10);
  });
});

it("copies rows without tabs and line breaks inside of cells, and without formulas", () => {
  expect(tsvLine(["a\tb\nc", null, 4_212_345, "=1"])).toBe("a b c\t\t4212345\t'=1");
});

describe("the menu of a table", () => {
  const saved = vi.mocked(offer);
  beforeEach(() => {
    saved.mockClear();
    document.body.innerHTML = "";
  });
  const open = async (part: unknown, props: Record<string, unknown>) => {
    const table = await mountPart(part as never, { props: { label: "Lots", ...props } });
    await flushPromises();
    await table.get("[aria-expanded]").trigger("click");
    return table;
  };

  it("saves all rows with the columns that are shown, and says so", async () => {
    const extra = [...columns, { key: "note", label: "Note", value: () => "n", isExtra: true }];
    const table = await open(DataTable, { columns: extra, rows: lots, name: "lots" });
    await table.get("[aria-label='Export as CSV']").trigger("click");
    await vi.waitFor(() => expect(saved).toHaveBeenCalledOnce());
    const [file, name] = saved.mock.calls[0]!;
    expect(name).toMatch(/^home-lots-\d{4}-\d\d-\d\dT\d{4}\.csv$/);
    expect((await file.text()).split("\r\n")[0]).toBe("\u{feff}Lot,Pieces,Since");
    await vi.waitFor(() => expect(table.get("[role=status]").text()).toBe(`Saved as ${name}`));
    table.unmount();
  });

  it("saves nothing where a read fails in the middle, and says why", async () => {
    const broken: RowWindow<Lot> = {
      total: 500,
      read: (first, count) => {
        if (first > 100) throw new Error("memory access out of bounds");
        return Array(count).fill(lots[1]) as Lot[];
      },
    };
    const table = await open(DataTable, { columns, rows: broken });
    await table.get("[aria-label='Export as Excel']").trigger("click");
    await vi.waitFor(() => expect(table.get("[role=alert]").text()).toContain("memory access out of bounds"));
    expect(saved).not.toHaveBeenCalled();
    table.unmount();
  });

  it("saves a whole tree with the names above each row, whatever is unfolded", async () => {
    const roots = [{ name: "DB", n: 3, below: [{ name: "F1", n: 3, below: [{ name: "M1", n: 1 }] }] }];
    type Node = { name: string; n: number; below?: Node[] };
    const table = await open(TreeTable, {
      columns: [
        { key: "name", label: "Name", value: ({ name }: Node) => name },
        { key: "n", label: "Machines", value: ({ n }: Node) => n },
      ],
      levels: ["Group", "Family", "Machine"],
      roots,
      nodeKey: ({ name }: Node) => name,
      childrenOf: ({ below }: Node) => below && (() => below),
    });
    await table.get("[aria-label='Export as CSV']").trigger("click");
    await vi.waitFor(() => expect(saved).toHaveBeenCalledOnce());
    const text = await saved.mock.calls[0]![0].text();
    expect(text.split("\r\n").slice(0, 6)).toEqual([
      "\u{feff}Group,Family,Machine,Machines",
      "DB,,,3",
      "DB,F1,,3",
      "DB,F1,M1,1",
      "",
      "Rows,3",
    ]);
    table.unmount();
  });

  it("has a data link only where the API serves the rows", async () => {
    const table = await open(DataTable, { columns, rows: lots, link: "/api/snapshot/wip?format=csv" });
    expect(table.get("a").attributes("href")).toBe(`${location.origin}/api/snapshot/wip?format=csv`);
    table.unmount();
    const other = await open(DataTable, { columns, rows: lots });
    expect(other.find("a").exists()).toBe(false);
    other.unmount();
  });
});
