// Home and the equipment dashboard: numbers as in the API, and where they lead.
import type { Locator, Page } from "@playwright/test";

import { expect, test } from "../fixtures.ts";
import { figure, numberOf, open, ready, requestsDuring, rows } from "../parts.ts";

interface Lots {
  lots: number;
}
interface Card {
  workcenter: string;
  total: number;
}

async function read<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.get(path);
  expect(answer.status(), path).toBe(200);
  return (await answer.json()).data;
}

async function ask<T>(page: Page, path: string): Promise<T> {
  const answer = await page.request.post(path, { data: {} });
  expect(answer.status(), path).toBe(200);
  return (await answer.json()).data;
}

/** The plant changes every second: at one time, what is shown and what the API answers are the same. */
async function expectSame(shown: () => Promise<number>, told: () => Promise<number>, what: string): Promise<void> {
  await expect.poll(async () => (await shown()) === (await told()), { message: what, intervals: [100] }).toBe(true);
}

const strong = (part: Locator) => numberOf(part.getByRole("strong"));

async function heldLots(page: Page, state: "run" | "nonQualityHold"): Promise<number> {
  const { byWipStatus } = await read<{ byWipStatus: Record<string, Lots> }>(page, "/api/wip/overview/summary");
  return byWipStatus[state]!.lots;
}
async function lateLots(page: Page): Promise<number> {
  const { classes } = await read<{ classes: (Lots & { range: string })[] }>(page, "/api/wip/qc-gate");
  return classes.find(({ range }) => range === ">24h")!.lots;
}
async function machinesDown(page: Page): Promise<number> {
  const summary = await read<{ by_status_category: Record<string, number> }>(page, "/api/resource/status/summary");
  return summary.by_status_category.DOWN ?? 0;
}

test("Home: figures are those of the API, and each opens its page with the same number", async ({ page }) => {
  await open(page, "/");
  const lots = page.getByRole("list", { name: "Lots" });
  const machines = page.getByRole("region", { name: "Machines", exact: true });
  const counted = page.getByRole("region", { name: "Equipment status" }).getByText(/Machines ·/);
  const figures = [
    {
      link: lots.getByRole("link", { name: /Running/ }),
      told: () => heldLots(page, "run"),
      at: /\/wip-overview\?status=RUN$/,
      shown: () => strong(figure(page, "Running")),
    },
    {
      link: lots.getByRole("link", { name: /Non-quality hold/ }),
      told: () => heldLots(page, "nonQualityHold"),
      at: /\/wip-overview\?status=HOLD&hold_type=non-quality$/,
      shown: () => strong(figure(page, "Non-quality hold")),
    },
    {
      link: lots.getByRole("link", { name: /over 24 h/ }),
      told: () => lateLots(page),
      at: /\/qc-gate\?range=(>|%3E)24h$/,
      shown: () => strong(page.getByRole("button", { name: /Over 24 h/, pressed: true })),
    },
    {
      link: machines.getByRole("link", { name: /Machines down/ }),
      told: () => machinesDown(page),
      at: /\/resource\?status_categories=DOWN$/,
      shown: async () => Number((await counted.innerText()).split(" ")[0]),
    },
  ];
  for (const { link, told, at, shown } of figures) {
    await expectSame(() => strong(link), told, `${at} on Home`);
    await link.click();
    await expect(page).toHaveURL(at);
    await expectSame(shown, told, `${at} on its page`);
    await page.goBack();
    await ready(page, "/");
  }
});

test("Home: the largest reason, the oldest lot and the machines that are down", async ({ page }) => {
  await open(page, "/");
  const holds = page.getByRole("region", { name: "Largest hold reasons" });
  await expect(holds.getByRole("listitem")).toHaveCount(5);
  const reason = await holds.getByRole("listitem").first().getByRole("link").innerText();
  const row = holds.getByRole("listitem").filter({ hasText: reason });
  const told = async () => {
    const { items } = await read<{ items: (Lots & { reason: string })[] }>(page, "/api/wip/overview/hold");
    return items.find((hold) => hold.reason === reason)!.lots;
  };
  await expectSame(() => numberOf(row.getByText(/lots$/)), told, reason);
  await row.getByRole("link").click();
  const panel = page.getByRole("dialog", { name: reason });
  await expectSame(() => numberOf(panel.getByText(/^[\d,]+ lots$/).first()), told, `${reason} on its page`);
  await page.goBack();

  const oldest = await holds.getByRole("link", { name: /^Oldest lot on hold/ }).innerText();
  const [, lot, age, why] = /: (\S+) · ([\d.]+) days? · (.*)$/.exec(oldest)!;
  const address = `/api/wip/hold-detail/lots?reason=${encodeURIComponent(why!)}&per_page=1`;
  const { lots } = await read<{ lots: { lotId: string; age: number }[] }>(page, address);
  expect([lots[0]!.lotId, lots[0]!.age]).toEqual([lot, Number(age)]);

  const machine = rows(page.getByRole("grid", { name: "Machines down" })).first();
  const name = await machine.getByRole("rowheader").innerText();
  await machine.click();
  await expect(page.getByRole("dialog", { name })).toBeVisible();
});

test("Dashboard: figures of the API; a card filters the rest, without a request", async ({ page }) => {
  await open(page, "/dashboard");
  const figures = page.getByRole("region", { name: "Equipment dashboard" });
  const kpi = async () => Math.round((await ask<{ ou_pct: number }>(page, "/api/dashboard/kpi")).ou_pct * 10);
  await expectSame(() => strong(figures.getByRole("group", { name: "OU %" })), kpi, "OU %, in tenths");
  const cards = page.getByRole("list", { name: "Workcenter groups" });
  const told = await ask<Card[]>(page, "/api/dashboard/workcenter_cards");
  await expect(cards.getByRole("button")).toHaveCount(told.length);
  const { workcenter, total } = told[0]!;
  const card = cards.getByRole("button", { name: workcenter });
  const requests = await requestsDuring(page, async () => {
    await card.click();
    await expect(card).toHaveAttribute("aria-pressed", "true");
    await expect(figures.getByText(/Machines$/)).toHaveText(`${total} Machines`);
    await expect(cards.getByRole("button")).toHaveCount(told.length);
  });
  expect(requests).toEqual([]);
  const groups = await rows(page.getByRole("grid", { name: "Machines down" }))
    .getByRole("gridcell")
    .filter({ hasText: workcenter })
    .count();
  expect(groups).toBe(await rows(page.getByRole("grid", { name: "Machines down" })).count());
  await cards.getByRole("link", { name: `Equipment status: ${workcenter}` }).click();
  await expect(page).toHaveURL(/\/resource\?workcenter_groups=/);
  await expect(page.getByText(new RegExp(`^${total} Machines ·`))).toBeVisible();
});

test("Dashboard: a cell of the heatmap opens the history of its group and day, with the same OU %", async ({ page }) => {
  await open(page, "/dashboard?days=7");
  const heatmap = page.getByRole("img", { name: /^OU % of \d+ workcenter groups on 7 days/ });
  const { width } = (await heatmap.boundingBox())!;
  await heatmap.click({ position: { x: width / 2, y: 20 } });
  await page.waitForURL(/\/resource-history\?/);
  await ready(page, "/resource-history");
  const address = new URL(page.url()).searchParams;
  const [group, first, last] = ["workcenter_groups", "start_date", "end_date"].map((key) => address.get(key)!);
  expect(last).toBe(first);
  const shown = await page
    .getByRole("region", { name: "Key figures" })
    .getByRole("group", { name: "OU %" })
    .getByRole("strong")
    .innerText();
  const question = `start_date=${first}&end_date=${last}&workcenter_groups=${encodeURIComponent(group!)}`;
  const { kpi } = await read<{ kpi: { ou_pct: number } }>(page, `/api/resource/history/summary?${question}`);
  expect(shown).toBe(`${kpi.ou_pct.toFixed(1)}%`);
  await page.goBack();
  await ready(page, "/dashboard");
  await heatmap.focus();
  for (const key of ["End", "ArrowLeft", "Enter"]) await page.keyboard.press(key);
  await page.waitForURL(/\/resource-history\?/);
  await page.goBack();
  await ready(page, "/dashboard");
  const table = page.getByRole("table", { name: /^OU % of \d+ workcenter groups/ });
  const heads = await table.getByRole("columnheader").allTextContents();
  const row = table.getByRole("row").filter({ has: page.getByRole("cell", { name: group!, exact: true }) });
  expect(Number((await row.getByRole("cell").allTextContents())[heads.indexOf(first!)])).toBe(kpi.ou_pct);
});
