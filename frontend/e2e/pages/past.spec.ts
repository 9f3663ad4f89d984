import { readFile } from "node:fs/promises";

import type { Page } from "@playwright/test";

import { expect, test } from "../fixtures.ts";
import { dataAge, numberOf, open, ready, rows } from "../parts.ts";

const bar = (page: Page) => page.getByRole("region", { name: "Look back" });
interface Shift {
  from: string;
  until: string;
  versions: number;
  lots: { from: string; until: string }[];
}
async function kept(page: Page): Promise<Shift[]> {
  const answer = await page.request.get("/api/memory");
  return (await answer.json()).data.shifts;
}
const inAddress = (moment: string) => moment.replace(" ", "T");

test("A moment that is kept is shown on every page, and the way back is live", async ({ page }) => {
  await open(page, "/hold-overview");
  // The plant moves on: what is shown now will be the past.
  await expect.poll(async () => (await kept(page)).at(-1)?.versions ?? 0).toBeGreaterThan(4);
  const [span] = (await kept(page)).at(-1)!.lots;

  await page.goto(`/hold-overview?at=${inAddress(span!.from)}`);
  await expect(bar(page)).toBeVisible();
  await expect(bar(page)).toHaveAttribute("aria-busy", "false");
  await expect(dataAge(page)).toHaveAttribute("data-level", "past");
  const first = await page.getByRole("main").getByRole("group").allInnerTexts();

  // The same moment on another page, and nothing is asked of the server for it.
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page
    .getByRole("navigation")
    .getByRole("link", { name: "WIP overview", exact: true, includeHidden: true })
    .evaluate((link: HTMLElement) => link.click());
  await page.waitForURL(/\/wip-overview\?at=/);
  expect(asked.filter((path) => path.startsWith("/api/snapshot") || path.startsWith("/api/memory"))).toEqual([]);
  await page.goBack();
  await page.waitForURL(/\/hold-overview\?at=/);
  await expect(bar(page)).toHaveAttribute("aria-busy", "false");
  expect(await page.getByRole("main").getByRole("group").allInnerTexts()).toEqual(first);

  // A reload gives the same numbers, whatever happened since.
  await page.reload();
  await expect(bar(page)).toHaveAttribute("aria-busy", "false");
  await expect.poll(() => page.getByRole("main").getByRole("group").allInnerTexts()).toEqual(first);

  await bar(page).getByRole("button", { name: "Next change" }).click();
  await expect.poll(() => new URL(page.url()).searchParams.get("at")).not.toBe(inAddress(span!.from));
  await bar(page).getByRole("button", { name: "Back to now" }).click();
  await expect(bar(page)).toHaveCount(0);
  await expect(dataAge(page)).toHaveAttribute("data-level", "live");
  expect(new URL(page.url()).search).toBe("");
});

test("A moment that makes no sense or is not kept says so", async ({ page, problems }) => {
  problems.expect(/404/);
  await page.goto("/wip-overview?at=yesterday");
  await expect(bar(page)).toContainText("is no moment");
  await page.goto("/wip-overview?at=2020-01-01T07:30");
  await expect(bar(page)).toContainText("Nothing is kept of 2020-01-01T07:30");
  await bar(page).getByRole("button", { name: "Back to now" }).click();
  await ready(page, "/wip-overview");
});

test("What changed adds up, and the handover opens without a network", async ({ page, context }) => {
  await open(page, "/changes");
  const list = page.getByRole("list", { name: "Lots that changed" });
  const moved = list.getByRole("button", { name: /^Moved/ });
  await expect.poll(async () => numberOf(moved.getByRole("strong"))).toBeGreaterThan(0);
  // What is shown stays while it is read.
  await page.getByRole("button", { name: "Pause updates" }).click();
  const expected = await numberOf(moved.getByRole("strong"));
  await moved.click();
  await page.waitForURL(/change=moved/);
  const card = page.getByRole("region", { name: "Lots that changed", exact: true });
  await expect.poll(() => numberOf(card.getByRole("status").first())).toBe(expected);
  await expect(rows(card.getByRole("grid")).first()).toContainText("Moved");

  await page.getByRole("textbox", { name: "Notes" }).fill("<b>M-07</b> waits for a part");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save the handover" }).click();
  const file = await (await download).path();
  const offline = await context.newPage();
  await offline.setContent(await readFile(file, "utf8"));
  await expect(offline.getByText("<b>M-07</b> waits for a part")).toBeVisible();
  const figure = offline.getByRole("listitem").filter({ hasText: /^Moved/ });
  await expect(figure).toContainText(expected.toLocaleString("en"));
  await offline.close();

  const data = page.waitForEvent("download");
  await page.getByRole("button", { name: "Lots as Arrow" }).click();
  const saved = await data;
  expect(saved.suggestedFilename()).toMatch(/-wip-.*\.arrows$/);
  const bytes = await readFile(await saved.path());
  // An Arrow stream: its schema names the times.
  expect([bytes.readInt32LE(0), bytes.includes("KEPT_UNTIL")]).toEqual([-1, true]);
});
