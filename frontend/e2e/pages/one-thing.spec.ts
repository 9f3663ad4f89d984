// The pages of one lot and of one machine, and the search that leads to them.
import type { APIRequestContext, Page } from "@playwright/test";

import { expect, test } from "../fixtures.ts";
import { closePanel, expectUsable, expectUsableIn, figure, open, rows } from "../parts.ts";

const HOSTILE = ["a/b #1? 100%", "<b>bold</b>", "批號／甲", "L".repeat(40), "a%2Fb"];

const fact = (page: Page, name: string) =>
  page.getByRole("main").locator("div:has(> dt)").filter({ hasText: name }).first().getByRole("definition");
const palette = (page: Page) => page.getByRole("dialog", { name: "Search" });
const box = (page: Page) => palette(page).getByRole("combobox", { name: "Search" });

async function ask<T>(request: APIRequestContext, path: string): Promise<T> {
  const answer = await request.get(path);
  expect(answer.status(), path).toBe(200);
  return (await answer.json()).data;
}

interface Machine {
  RESOURCEID: string;
  RESOURCENAME: string;
  RESOURCEFAMILYNAME: string;
  JOBORDER: string | null;
  LOT_DETAILS: { RUNCARDLOTID: string }[] | null;
}
const machines = (request: APIRequestContext) => ask<Machine[]>(request, "/api/resource/status");
async function heldLot(request: APIRequestContext): Promise<string> {
  const { items } = await ask<{ items: { reason: string }[] }>(request, "/api/wip/overview/hold");
  const found = await ask<{ lots: { lotId: string }[] }>(
    request,
    `/api/wip/hold-detail/lots?reason=${encodeURIComponent(items[0]!.reason)}`,
  );
  return found.lots[0]!.lotId;
}

test("one lot has every field of the API, and leads to its machine and work order", async ({ page, request }) => {
  const id = await heldLot(request);
  const lot = await ask<Record<string, unknown> & { fieldLabels: Record<string, string> }>(request, `/api/wip/lot/${id}`);
  await page.goto(`/lot/${id}`);
  await expect(page.getByRole("heading", { level: 1, name: id })).toBeVisible();
  await expect(page).toHaveTitle(`${id} · Lot · MES Dashboard`);
  await expect(page.getByRole("region", { name: "On hold" }).getByText(String(lot.holdReason)).first()).toBeVisible();
  const all = page.getByRole("region", { name: "All fields" });
  await expect(all.getByText("…", { exact: true })).toHaveCount(0);
  const labels = await all.getByRole("term").allInnerTexts();
  expect(labels.toSorted()).toEqual(Object.values(lot.fieldLabels).toSorted());
  await expectUsableIn(page, [
    [1440, "dark"],
    [390, "light"],
  ]);
  await fact(page, "Work Order ID").getByRole("link").click();
  await page.waitForURL(/\/wip-overview\?/);
  expect(new URL(page.url()).searchParams.get("workorder")).toBe(lot.workorder);
  await expect(figure(page, "Total lots")).toBeVisible();
});

test("one machine has its lots, its hours and its jobs, and leads on", async ({ page, request }) => {
  const all = await machines(request);
  const machine = all.find(({ LOT_DETAILS, JOBORDER }) => (LOT_DETAILS?.length ?? 0) > 0 && !JOBORDER?.trim())!;
  await page.goto(`/equipment/${encodeURIComponent(machine.RESOURCEID)}`);
  await expect(page.getByRole("heading", { level: 1, name: machine.RESOURCENAME })).toBeVisible();
  await expect(page.getByRole("img", { name: /^Share of each state/ }).locator("canvas")).toBeVisible();
  await expect(page.getByRole("region", { name: "Jobs of the last 90 days" })).toContainText(/No job of this machine|Job ID/);
  const lots = rows(page.getByRole("grid", { name: "Lots on the machine" }));
  // The plant moves on: what the page shows is what the API says by then.
  const served = async () =>
    (await machines(request)).find(({ RESOURCEID }) => RESOURCEID === machine.RESOURCEID)!.LOT_DETAILS?.length ?? 0;
  await expect.poll(async () => (await lots.count()) - (await served())).toBe(0);
  await expectUsable(page);
  await lots.first().getByRole("link").click();
  await page.waitForURL(/\/lot\//);
  // And back from the lot.
  await fact(page, "Equipment ID").getByRole("link", { name: machine.RESOURCENAME }).click();
  await page.waitForURL(/\/equipment\//);
  const broken = all.find(({ JOBORDER }) => JOBORDER?.trim())!;
  await page.goto(`/equipment/${encodeURIComponent(broken.RESOURCEID)}`);
  await expect(page.getByRole("region", { name: "Open job" })).toContainText(broken.JOBORDER!);
});

test("any id works as an address, and an id that is not there offers the search", async ({ page }) => {
  for (const root of ["lot", "equipment"]) {
    for (const id of HOSTILE) {
      const answer = await page.goto(`/${root}/${encodeURIComponent(id)}`);
      expect(answer?.status(), id).toBe(200);
      await expect(page.getByRole("heading", { level: 1, name: id, exact: true })).toBeVisible();
      await expect(page.getByText(id, { exact: false }).and(page.getByText(/in the current version of the data, as of \d/))).toBeVisible();
      await expect(page.locator("main b")).toHaveCount(0);
    }
  }
  await page.reload();
  await expect(page.getByRole("heading", { level: 1, name: HOSTILE.at(-1)!, exact: true })).toBeVisible();
  await page.setViewportSize({ width: 390, height: 800 });
  await expectUsable(page);
  await page.getByRole("button", { name: "Search for it" }).click();
  await expect(box(page)).toHaveValue(HOSTILE.at(-1)!);
  await expect(palette(page).getByText(/^Nothing contains/)).toBeVisible();
});

test("panels of lots and machines lead to the page of one", async ({ page }) => {
  await open(page, "/wip-overview");
  await page.getByRole("grid", { name: "Workcenter × package" }).getByRole("rowheader").nth(1).click();
  await rows(page.getByRole("dialog").getByRole("grid")).first().click();
  await page.waitForURL(/\/wip-detail\?/);
  await page.getByRole("dialog").getByRole("link", { name: "Open as a page" }).click();
  await page.waitForURL(/\/lot\//);
  await open(page, "/resource");
  await rows(page.getByRole("grid", { name: "Machines" }))
    .first()
    .click();
  await page.getByRole("dialog").getByRole("link", { name: "Everything about this machine" }).click();
  await page.waitForURL(/\/equipment\//);
});

test("the search opens by a slash, Ctrl+K and its button, and by keyboard it opens what it finds", async ({ page, request }) => {
  const id = await heldLot(request);
  const machine = (await machines(request))[0]!;
  await open(page, "/resource");
  const name = page.getByRole("searchbox", { name: "Machine" });
  await name.focus();
  await page.keyboard.press("/");
  await expect(name).toHaveValue("/");
  await expect(palette(page)).toHaveCount(0);
  await page.keyboard.press("Control+k");
  await expect(box(page)).toBeFocused();
  await closePanel(page);
  await expect(name).toBeFocused();
  await name.fill("");
  await name.blur();
  await page.keyboard.press("/");
  await expect(box(page)).toHaveValue("");
  await page.keyboard.type(id);
  await expect(palette(page).getByRole("group", { name: "Lots", exact: true }).getByRole("option").first()).toHaveAttribute(
    "aria-selected",
    "true",
  );
  await expectUsable(page);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === `/lot/${id}`);

  await page.getByRole("button", { name: "Search", exact: true }).click();
  await page.keyboard.type(machine.RESOURCENAME);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === `/equipment/${encodeURIComponent(machine.RESOURCEID)}`);

  const [{ name: group }] = (await ask<{ name: string }[]>(request, "/api/wip/meta/workcenters")) as [{ name: string }];
  await page.keyboard.press("/");
  await page.keyboard.type(group);
  await palette(page)
    .getByRole("group", { name: /^Workcenter groups/ })
    .getByRole("option", { name: group })
    .first()
    .click();
  await page.waitForURL(/\/wip-overview\?/);
  expect(new URL(page.url()).searchParams.get("workcenter")).toBe(group);
});

test("a database without jobs says which table they are in; the rest of the machine is there", async ({ page, request, problems }) => {
  problems.expect(/status of 500/);
  await page.route("**/api/job-query/jobs", (route) =>
    route.fulfill({
      status: 500,
      json: {
        success: false,
        error: { code: "DB_QUERY_ERROR", message: "The database has no table DW_MES_JOB that this server can see" },
        meta: { request_id: "1" },
      },
    }),
  );
  const machine = (await machines(request))[0]!;
  await page.goto(`/equipment/${encodeURIComponent(machine.RESOURCEID)}`);
  await expect(page.getByRole("region", { name: /^Jobs of/ })).toContainText("DW_MES_JOB");
  await expect(fact(page, "Family")).toHaveText(machine.RESOURCEFAMILYNAME);
});
