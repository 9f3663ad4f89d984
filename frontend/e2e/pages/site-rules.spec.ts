// What the site's rules decide: states that mean the same everywhere, and lists that are empty because of a rule.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Locator, Page } from "@playwright/test";

import { expect, test } from "../fixtures.ts";
import { open, ready, rows } from "../parts.ts";

const STATES = ["PRD", "SBY", "UDT", "SDT", "EGT", "NST", "OTHER"];
const strip = (page: Page) => page.getByRole("region", { name: "Equipment status" });
const state = (page: Page, code: string) =>
  strip(page)
    .getByRole("term")
    .filter({ hasText: new RegExp(`^${code}\\b`) })
    .locator("xpath=..")
    .getByRole("definition");

/** Machines by state above the tree, and added up over its groups, both read at once: the plant changes every second. */
function counts(page: Page): Promise<{ above: number[]; below: number[] }> {
  return page.getByRole("main").evaluate((main, states) => {
    const number = (text: string | null | undefined) => Number.parseInt((text ?? "").replaceAll(",", ""), 10) || 0;
    const above = [...main.querySelectorAll("dl dd")].map((shown) => number(shown.firstChild?.textContent));
    const groups = [...main.querySelectorAll('[role=treegrid] [role=row][aria-level="1"]')];
    // OU % stands before the states.
    const cells = groups.map((group) => [...group.querySelectorAll("[role=gridcell]")].slice(1).map((cell) => number(cell.textContent)));
    return { above, below: states.map((_, place) => cells.reduce((sum, group) => sum + group[place]!, 0)) };
  }, STATES);
}

test("figures, tree, list and API count the same machines in a state, and name the states inside", async ({ page }) => {
  await open(page, "/resource");
  const { above, below } = await counts(page);
  expect(above).toHaveLength(STATES.length);
  expect(below).toEqual(above);
  await expect(state(page, "UDT")).toContainText(/UDT\s[\d,]+ · PM\s\d+/);
  const told = await page.request.get("/api/resource/status/summary?status_categories=DOWN");
  const { by_status } = (await told.json()).data as { by_status: Record<string, number> };
  expect((by_status.UDT ?? 0) + (by_status.SDT ?? 0)).toBe(Object.values(by_status).reduce((sum, n) => sum + n, 0));
  const list = page.getByRole("grid", { name: "Machines" });
  await page.goto("/resource?state=UDT");
  await ready(page, "/resource");
  await expect(
    rows(list)
      .filter({ hasText: /^.*\b(UDT|PM|BKD)\b/s })
      .first(),
  ).toBeVisible();
});

const RULES = `
qc_gate_specs = [{ exact = "IPQC" }]
non_quality_hold_reasons = ["no such reason"]
[states]
PRD = "PRD"
SBY = "SBY"
`;

function hint(page: Page, rule: string): Locator {
  return page.getByRole("main").getByText(`site rule ${rule}`).locator("xpath=ancestor::section[1]");
}

test("a list that is empty because a rule names nothing of this plant says which rule, and what there is instead", async ({
  serveDemo,
  page,
}) => {
  const folder = await mkdtemp(join(tmpdir(), "mes-rules-"));
  const file = join(folder, "rules.toml");
  await writeFile(file, RULES);
  const { origin } = await serveDemo({ SITE_RULES_FILE: file });
  await page.goto(`${origin}/qc-gate`);
  await expect(hint(page, "qc_gate_specs")).toContainText("The rule names: IPQC");
  await expect(hint(page, "qc_gate_specs")).toContainText(/Most frequent in SPECNAME: .+ \([\d,]+\)/);
  await expect(hint(page, "qc_gate_specs")).toContainText("SITE_RULES_FILE");
  for (const path of ["/hold-overview", "/hold-detail"]) {
    await page.goto(`${origin}${path}`);
    await expect(hint(page, "non_quality_hold_reasons")).toContainText("no such reason");
  }
  for (const path of ["/resource", "/dashboard", "/"]) {
    await page.goto(`${origin}${path}`);
    await expect(hint(page, "states")).toContainText(/Most frequent in EQUIPMENTASSETSSTATUS: \w+ \(\d+\)/);
  }
  await page.goto(`${origin}/data-quality`);
  for (const rule of ["qc_gate_specs", "non_quality_hold_reasons", "states"]) await expect(hint(page, rule)).toBeVisible();
  await rm(folder, { recursive: true });
});

test("pages whose table the database does not have name the table", async ({ serveDemo, page, problems }) => {
  problems.expect(/status of 500/);
  const { origin } = await serveDemo({ MES_TABLE_JOBS: "NO_JOBS", MES_TABLE_SHIFT_HOURS: "NO_HOURS" });
  await page.goto(`${origin}/job-query?q=GWBE`);
  await expect(page.getByRole("alert").filter({ hasText: "NO_JOBS" })).toBeVisible();
  await page.goto(`${origin}/resource-history`);
  await expect(page.getByRole("alert").filter({ hasText: "NO_HOURS" })).toBeVisible();
});
