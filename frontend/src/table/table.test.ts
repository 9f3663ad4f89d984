// @vitest-environment happy-dom
import { flushPromises } from "@vue/test-utils";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick, ref } from "vue";
import { type LocationQueryRaw, parseQuery, stringifyQuery } from "vue-router";

import { placed } from "../filters/urlState";
import { mountPart } from "../testing";
import type { Column } from "./column";
import DataTable from "./DataTable.vue";
import PlainTable from "./PlainTable.vue";
import { listWindow, pageAround } from "./rowWindow";
import { ariaSort, nextSort, sorted } from "./sort";
import TreeTable from "./TreeTable.vue";
import { openedState, pathOf } from "./useTree";

interface Lot {
  id: string;
  qty: number | null;
}
const lots = (count: number): Lot[] => Array.from({ length: count }, (_, n) => ({ id: `L${n}`, qty: (n * 7) % 10 }));
const columns: Column<Lot>[] = [
  { key: "id", label: "Lot", value: (lot) => lot.id, width: 120 },
  { key: "qty", label: "Pieces", value: (lot) => lot.qty, num: true, total: 99 },
];

beforeAll(() => {
  // Nothing is laid out here: every element has the size of a window.
  Object.defineProperties(HTMLElement.prototype, { clientHeight: { get: () => 340 }, clientWidth: { get: () => 800 } });
});
beforeEach(() => {
  document.body.innerHTML = "";
  localStorage.clear();
});

describe("columns", () => {
  it("sort stably, with missing values last in both directions", () => {
    const rows: Lot[] = [
      { id: "a", qty: 2 },
      { id: "b", qty: null },
      { id: "c", qty: 10 },
      { id: "d", qty: 2 },
    ];
    const ids = (descending: boolean) =>
      sorted(rows, columns[1], descending)
        .map(({ id }) => id)
        .join("");
    expect([ids(false), ids(true)]).toEqual(["adcb", "cadb"]);
  });
  it("sort up, down, and as it comes", () => {
    const up = nextSort(undefined, "qty");
    const down = nextSort(up, "qty");
    expect([ariaSort(up, "qty"), ariaSort(down, "qty"), nextSort(down, "qty")]).toEqual(["ascending", "descending", undefined]);
    expect([ariaSort(up, "id"), nextSort(down, "id")]).toEqual(["none", { key: "id", descending: false }]);
  });
});

it("leads to what a cell names, by its link and by Enter, whatever its row opens", async () => {
  const [id, qty] = columns as [Column<Lot>, Column<Lot>];
  const linked = [{ ...id, to: (lot: Lot) => (lot.id === "L1" ? undefined : `/lot/${lot.id}`) }, qty];
  const table = await mountPart(DataTable as never, { props: { label: "Lots", columns: linked, rows: lots(3), opens: true } });
  await nextTick();
  expect(table.findAll("a").map((link) => [link.attributes("href"), link.attributes("tabindex")])).toEqual([
    ["/lot/L0", "-1"],
    ["/lot/L2", "-1"],
  ]);
  await table.get("table").trigger("keydown", { key: "Enter" });
  await flushPromises();
  expect(table.router.currentRoute.value.path).toBe("/lot/L0");
  await table.get("table").trigger("keydown", { key: "ArrowDown" });
  await table.get("table").trigger("keydown", { key: "Enter" });
  expect(table.emitted("open")).toHaveLength(1);
  table.unmount();
});

describe("a table", () => {
  const open = async (props: Record<string, unknown> = {}) => {
    const table = await mountPart(DataTable as never, { props: { label: "Lots", columns, rows: lots(10_000), ...props } });
    await flushPromises();
    return table;
  };

  it("draws what is in view and tells how many there are", async () => {
    const table = await open();
    expect(table.get("[role=grid]").attributes("aria-rowcount")).toBe("10001");
    expect(table.findAll("tbody tr").length).toBeGreaterThan(5);
    expect(table.findAll("tbody tr").length).toBeLessThan(40);
    expect(table.get("tbody tr").text()).toBe("L00");
    expect(table.get("tfoot").text()).toBe("Total99");
    table.unmount();
  });

  it("has one tab stop, and arrow keys that move and open", async () => {
    const table = await open({ opens: true });
    const grid = table.get("[role=grid]");
    expect(table.findAll("[tabindex='0']")).toHaveLength(1);
    await grid.trigger("keydown", { key: "ArrowDown" });
    await grid.trigger("keydown", { key: "ArrowRight" });
    expect(table.get("[data-current]").attributes("id")).toBe(grid.attributes("aria-activedescendant"));
    await grid.trigger("keydown", { key: "Enter" });
    expect(table.emitted("open")![0]).toEqual([{ id: "L1", qty: 7 }, columns[1]]);
    await table.get("tbody td").trigger("click");
    expect(table.emitted("open")).toHaveLength(2);
    await grid.trigger("keydown", { key: "End" });
    expect(grid.attributes("aria-activedescendant")).toMatch(/-10000-1$/);
    table.unmount();
  });

  it("scrolls so far that neither head nor foot covers the cell that the keyboard is at", async () => {
    const table = await open();
    const { element } = table.get<HTMLElement>(".frame");
    Object.defineProperty(element, "scrollHeight", { value: 10_000 * 34 });
    const places: ScrollToOptions[] = [];
    element.scrollTo = (place?: unknown) => places.push(place as ScrollToOptions);
    const grid = table.get("[role=grid]");
    await grid.trigger("keydown", { key: "PageDown" });
    await grid.trigger("keydown", { key: "PageDown" });
    expect(grid.attributes("aria-activedescendant")).toMatch(/-17-0$/);
    expect(places.at(-1)!.top).toBe(17 * 34 - 340 + 80);
    table.unmount();
  });

  it("sorts by its headings: up, down, and as it comes", async () => {
    const table = await open();
    const head = table.findAll("th[role=columnheader]")[1]!;
    const first = () => table.get("tbody tr").text();
    await head.trigger("click");
    expect([head.attributes("aria-sort"), first()]).toEqual(["ascending", "L00"]);
    await head.trigger("click");
    expect([head.attributes("aria-sort"), first()]).toEqual(["descending", "L79"]);
    await head.trigger("click");
    expect([head.attributes("aria-sort"), first()]).toEqual(["none", "L00"]);
    table.unmount();
  });

  it("finds a page around any rows", () => {
    for (const count of [1, 7, 32, 166])
      for (let first = 0; first < 1_000; first += 1) {
        const { page, size } = pageAround(first, count);
        expect(size).toBeLessThan(3 * count);
        expect([(page - 1) * size <= first, first + count <= page * size]).toEqual([true, true]);
      }
  });

  it("hides columns and remembers that", async () => {
    const table = await open({ name: "lots" });
    await table.get(".menu-of-table button").trigger("click");
    await table.get(".menu-of-table input").setValue(false);
    expect(table.findAll("th[role=columnheader]")).toHaveLength(1);
    table.unmount();
    const again = await open({ name: "lots" });
    expect(again.findAll("th[role=columnheader]")).toHaveLength(1);
    again.unmount();
  });

  it("shows extra columns when they are chosen, and fixed ones always and last", async () => {
    const more = [
      columns[0]!,
      { key: "spec", label: "Spec 1", value: () => 1, isFixed: true },
      ...columns.slice(1),
      { key: "dept", label: "Dept", value: () => "PE", isExtra: true },
    ];
    const heads = (table: Awaited<ReturnType<typeof open>>) => table.findAll("th[role=columnheader]").map((head) => head.text());
    const table = await open({ name: "extra", columns: more });
    expect(heads(table)).toEqual(["Lot", "Pieces", "Spec 1"]);
    await table.get(".menu-of-table button").trigger("click");
    const boxes = table.findAll(".menu-of-table input");
    expect(boxes).toHaveLength(2);
    await boxes[1]!.setValue(true);
    expect(heads(table)).toEqual(["Lot", "Pieces", "Dept", "Spec 1"]);
    table.unmount();
    const again = await open({ name: "extra", columns: more });
    expect(heads(again)).toEqual(["Lot", "Pieces", "Dept", "Spec 1"]);
    again.unmount();
  });

  it("moves columns and remembers that, but never the first one", async () => {
    const three = [...columns, { key: "step", label: "Step", value: () => "S" }];
    const heads = (table: Awaited<ReturnType<typeof open>>) => table.findAll("th[role=columnheader]").map((head) => head.text());
    const table = await open({ name: "order", columns: three });
    await table.get(".menu-of-table button").trigger("click");
    await table.get("[aria-label='Move Step forward']").trigger("click");
    await table.get("[aria-label='Move Step forward']").trigger("click");
    expect(heads(table)).toEqual(["Lot", "Step", "Pieces"]);
    table.unmount();
    const again = await open({ name: "order", columns: three });
    expect(heads(again)).toEqual(["Lot", "Step", "Pieces"]);
    await again.get(".menu-of-table button").trigger("click");
    await again.get("[aria-label='Move Step back']").trigger("click");
    expect(heads(again)).toEqual(["Lot", "Pieces", "Step"]);
    again.unmount();
  });

  it("finds a text in rows that are not in the page, in both directions and round the end", async () => {
    const table = await open();
    const grid = table.get("[role=grid]");
    const isAt = (row: number) => vi.waitFor(() => expect(grid.attributes("aria-activedescendant")).toContain(`-${row}-`));
    await grid.trigger("keydown", { key: "f", ctrlKey: true });
    const field = table.get("input[type=search]");
    expect(document.activeElement).toBe(field.element);
    await field.setValue("l99");
    await isAt(100);
    await table.get("[role=search]").trigger("submit");
    await isAt(991);
    await field.trigger("keydown", { key: "Enter", shiftKey: true });
    await isAt(100);
    await field.trigger("keydown", { key: "Enter", shiftKey: true });
    await isAt(10000);
    await field.setValue("nothing like it");
    await vi.waitFor(() => expect(table.get("[role=search] [role=status]").text()).toBe("No match"));
    await field.trigger("keydown", { key: "Escape" });
    expect(table.find("[role=search]").exists()).toBe(false);
    expect(document.activeElement).toBe(grid.element);
    table.unmount();
  });

  it("draws columns in view only where there are many", async () => {
    const many = Array.from({ length: 400 }, (_, n): Column<Lot> => ({ key: `c${n}`, label: `C${n}`, value: () => n, opens: () => n > 0 }));
    const table = await open({ columns: many, rows: lots(3) });
    const cells = table.findAll("tbody tr")[0]!.findAll("[data-column]");
    expect(cells.length).toBeLessThan(40);
    expect(cells[0]!.attributes("data-column")).toBe("0");
    expect(table.get("[role=grid]").attributes("aria-colcount")).toBe("400");
    await cells[2]!.trigger("click");
    expect((table.emitted("open")![0] as [Lot, Column<Lot>])[1].key).toBe("c2");
    table.unmount();
  });

  it("reads rows of a window once, and those in view as one page", async () => {
    const asked: string[] = [];
    const rows = listWindow({ total: 250, first: lots(32), most: 100 }, (page, size) => {
      const [from, to] = [(page - 1) * size, page * size];
      asked.push(`${from}–${to}`);
      return lots(250).slice(from, to);
    });
    const read = (first: number, count: number) => {
      const expected = lots(250).slice(first, first + count);
      expect(rows.read(first, count)).toEqual(expected);
      return asked.splice(0).join();
    };
    expect(read(0, 32)).toBe("");
    expect(read(95, 10), "with those that follow").toBe("86–129");
    expect(read(100, 29)).toBe("");
    expect(read(80, 20), "upwards with those before").toBe("43–86");
    expect(read(245, 20)).toBe("245–250");
    expect(read(0, 250), "only what is not known").toBe("0–43,123–164,156–195,190–228,228–247");
    const table = await open({ rows });
    expect(table.get("tbody tr").text()).toBe("L00");
    table.unmount();
  });
});

it("unfolds a tree level by level, and asks for children when they are wanted", async () => {
  interface Node {
    name: string;
    children?: Node[];
  }
  const asked: string[] = [];
  const roots: Node[] = [{ name: "TMTT", children: [{ name: "GTMA", children: [{ name: "GTMA-01" }] }] }, { name: "" }];
  const tree = await mountPart(TreeTable as never, {
    props: {
      label: "Machines",
      levels: ["Group", "Family", "Machine"],
      columns: [{ key: "name", label: "Name", value: (node: Node) => node.name }],
      roots,
      nodeKey: (node: Node) => node.name,
      childrenOf: (node: Node) => node.children && (() => (asked.push(node.name), node.children)),
    },
  });
  await flushPromises();
  expect(
    tree
      .get("[role=treegrid]")
      .findAll("tbody tr")
      .map((row) => row.text()),
  ).toEqual(["▸TMTT", "–"]);
  expect(asked).toEqual([]);
  await tree.get(".level-1 .fold").trigger("click");
  await tree.get(".level-2 .fold").trigger("click");
  await nextTick();
  expect(tree.findAll("tbody tr").map((row) => [row.attributes("aria-level"), row.attributes("aria-expanded"), row.text()])).toEqual([
    ["1", "true", "▾TMTT"],
    ["2", "true", "▾GTMA"],
    ["3", undefined, "GTMA-01"],
    ["1", undefined, "–"],
  ]);
  await tree.get(".level-2 .fold").trigger("click");
  await tree.get(".level-2 .fold").trigger("click");
  expect(asked).toEqual(["TMTT", "GTMA"]);
  await tree.get("[role=treegrid]").trigger("keydown", { key: "Home" });
  await tree.get("[role=treegrid]").trigger("keydown", { key: "ArrowLeft" });
  expect(tree.findAll("tbody tr")).toHaveLength(2);
  // The row below stays unfolded for the next time.
  expect(
    tree
      .emitted("update:opened")!
      .map(([paths]) => paths)
      .at(-1),
  ).toEqual([pathOf("TMTT", "GTMA")]);
  await tree.setProps({ opened: ["TMTT", "gone", pathOf("gone", "too")] });
  expect(tree.findAll("tbody tr").map((row) => row.text())).toEqual(["▾TMTT", "▸GTMA", "–"]);
  tree.unmount();
});

it("keeps the rows that are unfolded in the address", () => {
  const { read, write, empty } = openedState();
  const opened = ["焊接_DB", pathOf("焊接_DB", "a/b #1? 100%"), pathOf("甲", "")];
  const queryOf = (paths: readonly string[]) => placed(write(paths) as LocationQueryRaw).query;
  expect(read(parseQuery(stringifyQuery(queryOf(opened))))).toEqual(opened);
  expect([queryOf(empty), read({})]).toEqual([{}, []]);
});

it("shows details beside the text, and begins again with another scope", async () => {
  const withShare = [columns[0]!, { ...columns[1]!, detail: ({ qty }: Lot) => `${qty} %` }];
  const table = await mountPart(DataTable as never, { props: { label: "Lots", columns: withShare, rows: lots(100), scope: 1 } });
  await flushPromises();
  expect(table.get("tbody td").text()).toBe("00 %");
  const places: unknown[] = [];
  table.get<HTMLElement>(".frame").element.scrollTo = (place?: unknown) => places.push(place);
  await table.setProps({ scope: 2 });
  expect(places, "what stands at its first row is not laid out to be scrolled there").toEqual([]);
  table.get<HTMLElement>(".frame").element.scrollTop = 340;
  await table.get(".frame").trigger("scroll");
  await table.setProps({ rows: lots(99) });
  expect(places).toEqual([]);
  await table.setProps({ scope: 3 });
  expect(places).toEqual([{ top: 0 }]);
  table.unmount();
});

it("marks what is chosen, in rows that stay the same", async () => {
  const chosen = ref("L1");
  const inked = [columns[0]!, { ...columns[1]!, ink: ({ qty }: Lot) => (qty === 0 ? "red" : undefined) }];
  const isChosen = (lot: Lot, { key }: { key: string }) => key === "qty" && lot.id === chosen.value;
  const table = await mountPart(DataTable as never, { props: { label: "Lots", columns: inked, rows: lots(3), isChosen } });
  await flushPromises();
  const marks = () => table.findAll("tbody td").map((cell) => cell.attributes("aria-selected"));
  expect(marks()).toEqual([undefined, "true", undefined]);
  chosen.value = "L2";
  await nextTick();
  expect(marks()).toEqual([undefined, undefined, "true"]);
  expect(table.get<HTMLElement>("tbody td").element.style.color).toBe("red");
  table.unmount();
});

it("shows few rows as a plain table, with cells of its own", async () => {
  const table = await mountPart(PlainTable as never, {
    props: { label: "Lots", columns, rows: lots(2), rowKey: (lot: Lot) => lot.id },
    slots: { qty: "<template #qty='{ text }'><b>{{ text }} pcs</b></template>" },
  });
  expect(table.get("[role=group]").attributes("aria-label")).toBe("Lots");
  expect(table.findAll("tbody tr").map((row) => row.text())).toEqual(["L00 pcs", "L17 pcs"]);
  expect(table.get("tbody th").attributes("scope")).toBe("row");
});

it("draws what is in view, and more rows while the pointer is there", async () => {
  const notices: ((entries: readonly object[]) => void)[] = [];
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      constructor(notice: (entries: readonly object[]) => void) {
        notices.push(notice);
      }
      observe = () => undefined;
      disconnect = () => undefined;
    },
  );
  const table = await mountPart(DataTable as never, { props: { label: "Lots", columns, rows: lots(100) } });
  const seen = async (px: number) => {
    const entry = { isIntersecting: px > 0, boundingClientRect: { top: 500 }, intersectionRect: { bottom: px > 0 ? 500 + px : 0 } };
    for (const notice of notices) notice([entry]);
    await nextTick();
    return table.findAll("tbody tr").length;
  };
  await nextTick();
  expect(table.findAll("tbody tr"), "until the browser tells").toHaveLength(10);
  expect(await seen(306)).toBe(9);
  expect(await seen(0), "the first rows of a table out of view").toBe(8);
  await table.get(".frame").trigger("mouseenter");
  expect(await seen(340)).toBe(18);
  await table.get(".frame").trigger("mouseleave");
  expect(await seen(340)).toBe(10);
  table.unmount();
  vi.unstubAllGlobals();
});

it("names the cell that the pointer or the keyboard is at in full", async () => {
  const exact = [columns[0]!, { ...columns[1]!, text: () => "1K", titleOf: ({ id, qty }: Lot) => `${id}: ${qty}` }];
  const table = await mountPart(DataTable as never, { props: { label: "Lots", columns: exact, rows: lots(3) } });
  await nextTick();
  const titles = () => table.findAll("tbody td").map((cell) => cell.attributes("title"));
  expect(titles()).toEqual([undefined, undefined, undefined]);
  await table.findAll("tbody td")[1]!.trigger("pointerover");
  expect(titles()).toEqual([undefined, "L1: 7", undefined]);
  await table.get("table").trigger("keydown", { key: "ArrowRight" });
  expect(titles()[0]).toBe("L0: 0");
  for (const cell of table.findAll("tbody td")) await cell.trigger("pointerout");
  expect(titles(), "a cell that the pointer left may get another row").toEqual(["L0: 0", undefined, undefined]);
  table.unmount();
});
