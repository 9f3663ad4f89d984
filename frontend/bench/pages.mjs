// Every page with what people do there, in an order that leaves the page as it was. A step that the hand-written
// page has too names it (`rival`).
import { readdirSync, readFileSync } from "node:fs";

import { back, click, key, select, wheel } from "./steps.mjs";

const FOLDER = new URL("../src/pages/", import.meta.url);
/** The address of every page, by its folder. */
export const PATHS = Object.fromEntries(
  readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [name, /path: "([^"]+)"/.exec(readFileSync(new URL(`${name}/page.ts`, FOLDER), "utf8"))[1]]),
);

const main = (page) => page.getByRole("main");
const grid = (page, name) =>
  main(page)
    .getByRole("grid", name ? { name, exact: true } : {})
    .first();
const tree = (page) => main(page).getByRole("treegrid").first();
const rows = (table) => table.getByRole("row").filter({ has: table.page().getByRole("rowheader") });
const name = (table, row = 2) => rows(table).nth(row).getByRole("rowheader");
const cell = (table, row, column) => rows(table).nth(row).getByRole("gridcell").nth(column);
const head = (table, column) => table.getByRole("columnheader").nth(column);
const combobox = (label) => (page) => page.getByRole("region", { name: "Filters" }).getByRole("combobox", { name: label, exact: true });
const option = (place) => (page) => page.getByRole("listbox").getByRole("option").nth(place);
const figure = (place) => (page) => main(page).getByRole("list").getByRole("button").nth(place);
const button = (text) => (page) => main(page).getByRole("button", { name: text, exact: true }).first();
const panelGrid = (page) => page.getByRole("dialog").getByRole("grid");

const escape = key("Escape");
/** Opening a list of choices, choosing, and taking it back. */
const choosing = (label) => ({
  [`open ${label}`]: click(combobox(label)),
  "choose one": click(option(0)),
  "take it back": click(option(0)),
  "close the list": escape,
});
/** A figure that filters, twice. */
const filtering = (place) => ({ "figure on": click(figure(place)), "figure off": click(figure(place)) });
/** The order of a column, twice, and none. */
const sorting = (find, column, rival) => ({
  sort: { ...click((page) => head(find(page), column)), rival },
  "sort the other way": click((page) => head(find(page), column)),
  "sort no more": click((page) => head(find(page), column)),
});
const scrolling = (find) => ({ "scroll far": wheel((page) => name(find(page)), 4_000), "scroll back": wheel(find, -4_000) });

const CANVAS = "main canvas";
const ROWS = "main [role=grid] [role=rowheader], main [role=treegrid] [role=rowheader]";

/** By folder of `src/pages`: the sign that it shows its data, and the steps. `at` gives the address of a page of one thing. */
export const PAGES = {
  home: {
    sign: "main [data-kpi] strong",
    steps: {
      "open the search": key("Control+k"),
      "search: first key": key("G"),
      "search: second key": key("A"),
      "search: third key": key("2"),
      "close the search": escape,
      "figure: its page": click((page) => main(page).getByRole("list").first().getByRole("link").first()),
      "and back": back,
    },
  },
  "wip-overview": {
    sign: CANVAS,
    steps: {
      "cell: lots": { ...click((page) => cell(grid(page), 3, 2)), rival: "cell" },
      "close the lots": { ...escape, rival: "close" },
      "group: lots": { ...click((page) => name(grid(page), 3)), rival: "group" },
      "close the group": { ...escape, rival: "closeGroup" },
      "reason: lots": click((page) => name(grid(page, "Quality hold"), 1)),
      "close the reason": escape,
      ...filtering(1),
      "a key in Lot ID": key("7", combobox("Lot ID")),
      "and back": key("Backspace"),
      ...choosing("Package"),
      "all packages": click((page) => main(page).getByRole("button", { name: /^All \d+/ })),
      "first packages": click((page) => main(page).getByRole("button", { name: /^Top \d+/ })),
    },
  },
  "wip-detail": {
    sign: ROWS,
    steps: {
      ...sorting(grid, 3, "sort"),
      ...filtering(1),
      "a key in Lot ID": { ...key("7", combobox("Lot ID")), rival: "filter" },
      "and back": key("Backspace"),
      ...choosing("Package"),
      "pieces by spec": click((page) => page.getByRole("switch").first()),
      "no pieces by spec": click((page) => page.getByRole("switch").first()),
      ...scrolling(grid),
      "open a lot": click((page) => name(grid(page))),
      "close the lot": escape,
    },
  },
  "hold-overview": {
    sign: CANVAS,
    steps: {
      ...filtering(1),
      ...choosing("Package"),
      ...sorting((page) => grid(page, "Lots on hold"), 2),
    },
  },
  "hold-detail": {
    sign: ROWS,
    steps: {
      "choose a reason": click((page) => name(grid(page))),
      "age class on": click(figure(1)),
      "age class off": click(figure(1)),
      "group on": click((page) => name(grid(page, "By workcenter"), 0)),
      "group off": click((page) => name(grid(page, "By workcenter"), 0)),
      "open a lot": click((page) => name(grid(page, "Lots on hold"))),
      "close the lot": escape,
    },
  },
  "qc-gate": { sign: ROWS, steps: { ...filtering(1), ...sorting(grid, 1), ...scrolling(grid) } },
  resource: {
    sign: ROWS,
    steps: {
      "tree cell on": { ...click((page) => cell(tree(page), 1, 0)), rival: "machines" },
      "tree cell off": { ...click((page) => cell(tree(page), 1, 0)), rival: "machinesBack" },
      "unfold a group": click((page) => name(tree(page), 1).locator(".fold")),
      "fold it": click((page) => name(tree(page), 1).locator(".fold")),
      ...sorting((page) => grid(page, "Machines"), 2, "sortMachines"),
      ...scrolling((page) => grid(page, "Machines")),
      "open a machine": click((page) => name(grid(page, "Machines"))),
      "close the machine": escape,
    },
  },
  dashboard: {
    sign: CANVAS,
    steps: {
      "card on": click((page) => page.getByRole("list", { name: "Workcenter groups" }).getByRole("button").first()),
      "card off": click((page) => page.getByRole("list", { name: "Workcenter groups" }).getByRole("button").first()),
      ...sorting((page) => grid(page, "Machines down"), 1),
    },
  },
  "resource-history": {
    sign: CANVAS,
    steps: {
      "by week": click(button("Week")),
      "by day": click(button("Day")),
      "7 days": click(button("7 d")),
      "30 days": click(button("30 d")),
      "a key in Machine": key("7", (page) => page.getByRole("searchbox").first()),
      "and back": key("Backspace"),
      "unfold a group": click((page) => name(tree(page), 1).locator(".fold")),
      "fold it": click((page) => name(tree(page), 1).locator(".fold")),
    },
  },
  "hold-history": {
    sign: ROWS,
    steps: {
      "30 days": click(button("30 d")),
      "7 days": click(button("7 d")),
      "a key in Lot": key("7", (page) => page.getByRole("searchbox").first()),
      "and back": key("Backspace"),
      ...sorting((page) => grid(page, "Holds"), 1),
    },
  },
  changes: {
    sign: ROWS,
    steps: {
      "figure on": click((page) => page.getByRole("button", { name: /^Moved/ }).first()),
      "figure off": click((page) => page.getByRole("button", { name: /^Moved/ }).first()),
    },
  },
  downtime: {
    sign: ROWS,
    steps: {
      "30 days": click(button("30 d")),
      "7 days": click(button("7 d")),
      ...filtering(0),
      "a key in Machine": key("7", (page) => page.getByRole("searchbox").first()),
      "and back": key("Backspace"),
      ...sorting((page) => grid(page, "Downtimes"), 4),
    },
  },
  equipment: { at: ({ machine }) => `/equipment/${encodeURIComponent(machine)}`, sign: "main dd", steps: {} },
  lot: { at: ({ lot }) => `/lot/${encodeURIComponent(lot)}`, sign: "main dd", steps: {} },
  "job-query": {
    sign: "main h1",
    steps: { "open Machine": click((page) => page.getByRole("region", { name: "Filters" }).getByRole("combobox").first()), close: escape },
  },
  tables: {
    isSignedIn: true,
    sign: ROWS,
    steps: {
      ...sorting(grid, 1),
      "another table": select((page) => page.getByRole("combobox", { name: "Table", exact: true }), { index: 2 }, "/api/query_table"),
      "and the first": select((page) => page.getByRole("combobox", { name: "Table", exact: true }), { index: 0 }, "/api/query_table"),
    },
  },
  alerts: { sign: "main .card", steps: {} },
  "admin-pages": { isSignedIn: true, sign: "main .card", steps: {} },
  "admin-performance": { isSignedIn: true, sign: "main .card", steps: {} },
  "data-quality": { isSignedIn: true, sign: "main .card", steps: {} },
};

/** The same on the hand-written page. */
export const RIVAL = {
  sign: "[data-ready]",
  steps: {
    cell: click((page) => page.locator("#matrix tbody tr").nth(3).locator("td").nth(2)),
    close: escape,
    group: click((page) => page.locator("#matrix tbody tr").nth(3).locator("th")),
    closeGroup: escape,
    sort: click((page) => page.locator("#lots thead th").nth(3)),
    sortBack: click((page) => page.locator("#lots thead th").nth(3)),
    sortNoMore: click((page) => page.locator("#lots thead th").nth(3)),
    filter: key("7", (page) => page.locator("#lots-filter")),
    filterBack: key("Backspace"),
    machines: click((page) => page.locator("#groups tbody tr").nth(1).locator("th")),
    machinesBack: click((page) => page.locator("#groups tbody tr").nth(1).locator("th")),
    sortMachines: click((page) => page.locator("#machines thead th").nth(2)),
    sortMachinesBack: click((page) => page.locator("#machines thead th").nth(2)),
    sortMachinesNoMore: click((page) => page.locator("#machines thead th").nth(2)),
  },
};
