// What is on a page can be taken along: files of its tables, read back and held against the API and the screen.
import { readFile } from "node:fs/promises";

import type { Download, Locator, Page } from "@playwright/test";
import readWorkbook from "read-excel-file/node";

import { expect, test } from "../fixtures.ts";
import { chooseFirst, dataAge, figure, numberOf, open } from "../parts.ts";

type Cell = string | number | Date | null;

interface File {
  name: string;
  head: Cell[];
  rows: Cell[][];
  /** Of the block below the rows, by their names. */
  facts: Map<Cell, Cell>;
  /** By heading. */
  totals: Map<Cell, Cell>;
}

/** Fields of a CSV file; numbers stay texts. */
function fieldsOf(csv: string): Cell[][] {
  expect(csv.slice(0, 1)).toBe("\u{feff}");
  const lines: Cell[][] = [[]];
  for (const [, quoted, plain, end] of csv.slice(1).matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    lines.at(-1)!.push((quoted?.replaceAll('""', '"') ?? plain) || null);
    if (end === "\r\n") lines.push([]);
  }
  return lines.slice(0, -1);
}

async function parsed(download: Download): Promise<File> {
  const path = await download.path();
  const name = download.suggestedFilename();
  const [head, ...lines] = name.endsWith(".csv")
    ? fieldsOf(await readFile(path, "utf8"))
    : ((await readWorkbook(path, { trim: false }))[0]!.data as Cell[][]);
  const blank = lines.findIndex((line) => line.every((cell) => cell === null));
  const below = lines.slice(blank + 1);
  const total = below.find(([first]) => first === "Total") ?? [];
  return {
    name,
    head: head!,
    rows: lines.slice(0, blank),
    facts: new Map(below.map(([fact, value]) => [fact!, value ?? null])),
    totals: new Map(head!.map((heading, place) => [heading, total[place] ?? null])),
  };
}

const card = (page: Page, name: string) => page.getByRole("main").getByRole("region", { name, exact: true });

async function openMenu(part: Locator): Promise<void> {
  const button = part.getByRole("button", { name: /^(Export|Columns and export)$/ });
  if ((await button.getAttribute("aria-expanded")) === "false") await button.click();
}
async function take(part: Locator, format: "CSV" | "Excel"): Promise<File> {
  await openMenu(part);
  const saving = part.page().waitForEvent("download");
  await part.getByRole("button", { name: `Export as ${format}` }).click();
  return parsed(await saving);
}
async function linkOf(part: Locator): Promise<string> {
  await openMenu(part);
  return (await part.getByRole("link", { name: "Data link" }).getAttribute("href"))!;
}
async function dataOf(page: Page, link: string): Promise<Record<string, unknown>> {
  return ((await (await page.request.get(link)).json()) as { data: Record<string, unknown> }).data;
}

const sum = (rows: Cell[][], place: number) => rows.reduce((all, row) => all + Number(row[place] ?? 0), 0);
/** Of texts that are dates, like those of the top bar. */
const timeIn = (text: string) => /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.exec(text)?.[0];

test("WIP detail: the filtered lots as CSV and as Excel are those of the API and of the screen", async ({ page }) => {
  test.slow();
  await open(page, "/wip-detail");
  await figure(page, "Quality hold").click();
  await chooseFirst(page, "Package");
  await page.waitForURL(/hold_type=quality.*package=|package=.*hold_type=quality/);
  const lots = card(page, "Lots");
  // The plant goes on meanwhile: screen, file and API are asked until all have one version.
  for (const format of ["CSV", "Excel"] as const)
    await expect(async () => {
      const [shown, age] = [await lots.getByRole("status").first().innerText(), await dataAge(page).innerText()];
      const chips = page.getByRole("region", { name: "Filters" }).getByRole("listitem");
      const file = await take(lots, format);
      const answer = await page.request.get(await linkOf(lots));
      expect(answer.headers()["x-mes-version"]).toBe(file.facts.get("Version (lots)"));
      const api = fieldsOf(await answer.text());
      const [ids, pieces] = [file.head.indexOf("Run Card Lot ID"), file.head.indexOf("Lot Qty(pcs)")];
      const [apiIds, apiPieces] = ["LOTID", "QTY"].map((name) => api[0]!.indexOf(name)) as [number, number];
      expect(file.rows.map((row) => row[ids]).sort()).toEqual(
        api
          .slice(1)
          .map((row) => row[apiIds])
          .sort(),
      );
      expect(sum(file.rows, pieces)).toBe(sum(api.slice(1), apiPieces));
      // The block below is what the screen says.
      expect(shown).toContain(`${file.rows.length.toLocaleString("en-US")} lots`);
      expect([file.facts.get("Rows"), file.totals.get("Lot Qty(pcs)")].map(Number)).toEqual([file.rows.length, sum(file.rows, pieces)]);
      const specs = file.head.slice(file.head.indexOf("Hold Reason") + 1);
      expect(specs.length).toBeGreaterThan(0);
      for (const spec of specs) expect(Number(file.totals.get(spec))).toBe(sum(file.rows, file.head.indexOf(spec)));
      const said = [...file.facts]
        .filter(([name]) => String(name).startsWith("Filter: "))
        .map(([name, value]) => `${String(name).slice(8)} ${String(value)}`);
      // Chips stand in the order in which they came.
      const onScreen = (await chips.allInnerTexts()).map((text) => text.replace(/\s*×$/, "").replace(/\s+/g, " "));
      expect(said.toSorted()).toEqual(onScreen.filter((text) => text !== "Clear all").toSorted());
      expect(file.facts.get("Data as of (lots)")).toBe(timeIn(age));
      expect(file.facts.get("Page")).toBe(page.url());
      expect(file.name).toBe(
        `wip-detail-${timeIn(age)!.slice(0, 16).replace(" ", "T").replace(":", "")}.${format === "CSV" ? "csv" : "xlsx"}`,
      );
    }).toPass({ timeout: 60_000 });
  const copies = lots.getByRole("status").nth(1);
  await openMenu(lots);
  await lots.getByRole("button", { name: "Copy", exact: true }).click();
  await expect(copies).toHaveText(/^[\d,]+ rows copied$/);
});

test("Hold overview: the list as Excel has numbers as numbers and texts as texts", async ({ page }) => {
  await open(page, "/hold-overview");
  const held = card(page, "Lots on hold");
  await expect(async () => {
    const file = await take(held, "Excel");
    const total = await numberOf(held.getByRole("status").first());
    const api = await page.request.get(`/api/hold-overview/summary`);
    const { totalLots, totalQty } = ((await api.json()) as { data: { totalLots: number; totalQty: number } }).data;
    const pieces = file.head.indexOf("Quantity");
    expect([file.rows.length, file.facts.get("Rows"), total]).toEqual([totalLots, totalLots, totalLots]);
    expect(sum(file.rows, pieces)).toBe(totalQty);
    expect(file.rows.every((row) => typeof row[0] === "string" && typeof row[pieces] === "number")).toBe(true);
    expect(file.facts.get("Filters")).toBe("none");
    expect(file.name).toMatch(/^hold-overview-held-lots-\d{4}-\d\d-\d\dT\d{4}\.xlsx$/);
  }).toPass({ timeout: 60_000 });
  const matrix = card(page, "Workcenter × package");
  await expect(async () => {
    const file = await take(matrix, "CSV");
    const { grand_total } = await dataOf(page, await linkOf(matrix));
    expect([Number(file.totals.get("Total")), sum(file.rows, 1)]).toEqual([grand_total, grand_total]);
  }).toPass({ timeout: 60_000 });
});

test("Equipment: the list and the whole tree are those of the API, also while nothing is unfolded", async ({ page }) => {
  await open(page, "/resource");
  const list = card(page, "Machines");
  await expect(async () => {
    const file = await take(list, "CSV");
    const machines = (await dataOf(page, await linkOf(list))) as unknown as { RESOURCENAME: string }[];
    expect(file.rows.map(([name]) => name).sort()).toEqual(machines.map(({ RESOURCENAME }) => RESOURCENAME).sort());
    expect(Number(file.facts.get("Rows"))).toBe(await numberOf(list.getByRole("status").first()));
  }).toPass({ timeout: 60_000 });
  const tree = await take(card(page, "Group → family → machine"), "Excel");
  expect(tree.head.slice(0, 3)).toEqual(["Workcenter group", "Family", "Machine"]);
  const groups = tree.rows.filter(([, family]) => family === null);
  const machines = tree.rows.filter(([, , machine]) => machine !== null);
  expect(sum(groups, tree.head.indexOf("Total"))).toBe(machines.length);
  expect(new Set(machines.map(([group]) => group)).size).toBe(groups.length);
});

test("WIP overview: the matrix has exact pieces and those of the API; a chart is a picture", async ({ page }) => {
  await open(page, "/wip-overview");
  const matrix = card(page, "Workcenter × package");
  await expect(async () => {
    const file = await take(matrix, "Excel");
    const api = (await dataOf(page, await linkOf(matrix))) as {
      grand_total: number;
      workcenter_totals: Record<string, number>;
      package_totals: Record<string, number>;
    };
    expect(file.totals.get("Total")).toBe(api.grand_total);
    expect(Object.fromEntries(file.rows.map((row) => [row[0], row[1]]))).toEqual(api.workcenter_totals);
    const shown = file.head.slice(2).filter((name) => String(name) in api.package_totals);
    expect(shown.length).toBeGreaterThan(10);
    for (const name of shown) expect(file.totals.get(name)).toBe(api.package_totals[String(name)]);
    // All columns together are the total, also those that the screen sums up.
    for (const row of file.rows) expect(row.slice(2).reduce<number>((all, cell) => all + Number(cell), 0)).toBe(row[1]);
  }).toPass({ timeout: 60_000 });
  const saving = page.waitForEvent("download");
  await card(page, "Quality hold").getByRole("button", { name: "Save the chart as PNG" }).click();
  const picture = await saving;
  expect([...(await readFile(await picture.path())).subarray(1, 4)].map((code) => String.fromCharCode(code)).join("")).toBe("PNG");
});
