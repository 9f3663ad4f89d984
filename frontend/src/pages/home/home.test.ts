// @vitest-environment happy-dom
import type { EquipmentSummary, Hold, OldestHold, QcGate, Summary } from "mes-compute";
import { beforeAll, describe, expect, it } from "vitest";

import { BLANK } from "../../figures/numbers";
import type { Dataset, DatasetStatus } from "../../plant/livePlant";
import { language } from "../../theme/preferences";
import { addWords, i18n } from "../../words/i18n";
import { ageFacts, gateFigure, machineFigures, oldestLead, oldestText, reasonRows, waiting, wipFigures } from "./home";
import * as words from "./words";

const leads = (path: string, query = {}) => ({ path, query });
const noPage = () => undefined;
const totals = (lots: number) => ({ lots, qtyPcs: lots });
const summary: Summary = {
  totalLots: 10,
  totalQtyPcs: 10,
  byWipStatus: { run: totals(5), queue: totals(2), hold: totals(3), qualityHold: totals(1), nonQualityHold: totals(2) },
  dataUpdateDate: null,
};
const status = (more: Partial<DatasetStatus>): DatasetStatus => ({
  info: undefined,
  updatedAt: undefined,
  bytes: 0,
  kind: undefined,
  loading: false,
  problem: undefined,
  behindSince: undefined,
  ...more,
});

beforeAll(() => {
  addWords("home", words);
  language.value = "en";
  i18n.global.locale.value = "en";
});

describe("every figure leads to the page that counts the same", () => {
  it("lots by state", () => {
    expect(wipFigures(summary, leads).map(({ value, to }) => [value, to])).toEqual([
      ["10", { path: "/wip-overview", query: {} }],
      ["5", { path: "/wip-overview", query: { status: "RUN" } }],
      ["2", { path: "/wip-overview", query: { status: "QUEUE" } }],
      ["1", { path: "/wip-overview", query: { status: "HOLD", hold_type: "quality" } }],
      ["2", { path: "/wip-overview", query: { status: "HOLD", hold_type: "non-quality" } }],
    ]);
    expect(wipFigures(summary, noPage).every((figure) => !("to" in figure))).toBe(true);
  });

  it("machines", () => {
    const machines = { total_count: 40, ou_pct: 0, by_status_category: { DOWN: 7 } } as unknown as EquipmentSummary;
    expect(machineFigures(machines, leads).map(({ value, to }) => [value, to])).toEqual([
      ["0.0%", { path: "/resource", query: {} }],
      ["7", { path: "/resource", query: { status_categories: "DOWN" } }],
    ]);
    expect(machineFigures({ ...machines, by_status_category: {} }, leads)[1]!.value).toBe("0");
    expect(machineFigures(undefined, leads).map(({ value, detail }) => value === BLANK && detail !== "")).toEqual([true, true]);
  });

  it("lots at QC gates for more than a day, and says when no lot is at one", () => {
    const gate = { classes: [{ range: ">24h", lots: 3, qty: 9 }], lots: [{}, {}, {}, {}] } as unknown as QcGate;
    expect(gateFigure(gate, leads)).toMatchObject({ value: "3", detail: "4 lots at QC gates", to: { query: { range: ">24h" } } });
    const none = { classes: [{ range: ">24h", lots: 0, qty: 0 }], lots: [] } as unknown as QcGate;
    expect(gateFigure(none, leads)).toMatchObject({ value: "0", detail: "No lot at a QC gate; see site rule qc_gate_specs" });
  });

  it("hold reasons, at most five, with bars in proportion to the first", () => {
    const holds = Array.from({ length: 7 }, (_, n): Hold => ({ reason: `r ${n}`, holdType: "quality", lots: 8 - n, qty: 1 }));
    const rows = reasonRows(holds, leads);
    expect(rows.map(({ name, value }) => [name, value])).toEqual([0, 1, 2, 3, 4].map((n) => [`r ${n}`, `${8 - n} lots`]));
    expect(rows.map(({ share }) => share)).toEqual([1, 0.875, 0.75, 0.625, 0.5]);
    expect(rows[0]!.to).toEqual({ path: "/wip-overview", query: { reason: "r 0" } });
    expect(reasonRows([], leads)).toEqual([]);
  });
});

it("names the oldest lot on hold, also one without id and reason", () => {
  const oldest = (lotId: string | null, reason: string | null) =>
    ({ reason, holdType: "quality", lot: { lotId, age: 12.5 } }) as unknown as OldestHold;
  expect(oldestText(oldest("GA1", "QC"))).toBe("Oldest lot on hold: GA1 · 12.5 days · QC");
  expect(oldestText(oldest(null, null))).toBe("Oldest lot on hold: – · 12.5 days · –");
  expect(oldestLead(oldest("GA1", "QC"))).toEqual({ path: "/wip-overview", query: { reason: "QC" } });
  expect(oldestLead(oldest("GA1", null))).toEqual({ path: "/wip-overview", query: { lotid: "GA1", status: "HOLD" } });
});

it("distinguishes loading, failed and there", () => {
  const problem = Object.assign(new Error("no such table"), { code: "X" });
  expect(waiting("lots", [status({})], undefined)).toBe("Loading lots…");
  expect(waiting("lots", [status({}), status({ problem })], undefined)).toBe("Loading failed: no such table");
  expect(waiting("lots", [status({ problem })], [])).toBeUndefined();
});

it("tells the age of every dataset, and which is not current", () => {
  const statuses = {
    wip: status({ updatedAt: 1 }),
    resource: status({}),
    equipment: status({ updatedAt: 2 }),
    workcenter: status({ updatedAt: 3, problem: Object.assign(new Error("gone"), { code: "X" }) }),
  } satisfies Record<Dataset, DatasetStatus>;
  const facts = new Map(ageFacts(statuses, { equipment: null }, (at) => `${at} s`));
  expect(facts.get("Lots")).toBe("1 s");
  expect(facts.get("Machines")).toBeNull();
  expect(facts.get("Machine status")).toBe("2 s · Not current");
  expect(facts.get("Workcenters")).toBe("3 s · Connection lost");
});
