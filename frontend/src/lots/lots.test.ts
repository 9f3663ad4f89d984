// @vitest-environment happy-dom
import { flushPromises } from "@vue/test-utils";
import type { HoldSummary } from "mes-compute";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { takeFields } from "../contract/fields";
import { lotFigures } from "../figures/lotFigures";
import { textOf } from "../table/column";
import { mountPart } from "../testing";
import { ageFigures, AGES, holdFigures, holdQuery, withoutId } from "./holds";
import { groupsOf } from "./lotFacts";
import { chosenFigure, lotsAddress, meaningOf } from "./lotFilters";
import { lotColumns, type LotList, type LotRow, specColumns } from "./lotList";
import LotPanel from "./LotPanel.vue";
import LotTable from "./LotTable.vue";

const asked = vi.hoisted(() => ({ answer: { value: undefined as unknown }, problem: { value: undefined as unknown } }));
vi.mock("../plant/useRequest", async () => {
  const { computed, ref } = await import("vue");
  return {
    useRequest: () => ({
      answer: computed(() => asked.answer.value),
      loading: ref(false),
      problem: computed(() => asked.problem.value),
      again: () => undefined,
    }),
  };
});
const lots = vi.hoisted(() => ({ lot: () => null as object | null }));
vi.mock("../plant/useStores", async () => {
  const { computed } = await import("vue");
  return { useLots: (query: (store: typeof lots) => unknown) => computed(() => query(lots)) };
});

const KEYS = ["lotId", "workorder", "qty", "holdReason", "workcenterGroup", "spec", "specSequence", "ageByDays"];
beforeEach(() =>
  takeFields({
    lot: Object.fromEntries(
      KEYS.map((key) => [
        key,
        {
          dataset: "lot",
          api_key: key,
          label_zh: key,
          label_en: key,
          export_header: key,
          semantic_type: key === "qty" ? ("quantity" as const) : ("text" as const),
          unit: "",
          format: "text" as const,
        },
      ]),
    ),
  }),
);

it("chooses figures by what they filter", () => {
  for (const { key } of lotFigures(undefined)) expect(chosenFigure(meaningOf(key))).toBe(key === "total" ? null : key);
  expect(chosenFigure({ status: "HOLD", hold: undefined })).toBeNull();
  expect(meaningOf(null)).toEqual(meaningOf("total"));
});

describe("a list of lots", () => {
  const row = (lotId: string, spec: string | null, specSequence: number | null): LotRow => ({ lotId, spec, specSequence, qty: 1_500 });
  const rows = [row("A", "DB", 10), row("B", "DB", 20), row("C", null, null)];
  const list: LotList = {
    totals: { lots: 3, qtyPcs: 4_500 },
    specs: [
      { spec: "DB", sequence: 10, lots: 1, qty: 1_500 },
      { spec: "DB", sequence: 20, lots: 1, qty: 1_500 },
    ],
    fields: KEYS.filter((key) => key !== "ageByDays"),
    rows: { total: 3, read: (first, count) => rows.slice(first, first + count) },
  };

  it("shows some columns first and offers every other field that is held, in the order of the contract", () => {
    const columns = lotColumns(["lotId", "spec"], list);
    expect(columns.filter(({ isExtra }) => !isExtra).map(({ key }) => key)).toEqual(["lotId", "spec"]);
    expect(columns.filter(({ isExtra }) => isExtra).map(({ key }) => key)).toEqual([
      "workorder",
      "qty",
      "holdReason",
      "workcenterGroup",
      "specSequence",
    ]);
    expect(columns.find(({ key }) => key === "qty")?.total).toBe(4_500);
  });

  it("has a lot's pieces under its spec, also where a spec has several sequences", () => {
    const columns = specColumns(list.specs);
    expect(columns.map((column) => rows.map((lot) => textOf(column, lot)))).toEqual([
      ["1,500", "", ""],
      ["", "1,500", ""],
    ]);
    expect(new Set(columns.map(({ key }) => key)).size).toBe(2);
  });

  it("opens the lot of a row, and none without an ID", async () => {
    const table = await mountPart(LotTable, { props: { label: "Lots", list, shown: ["lotId", "qty"], bySpec: true } });
    await flushPromises();
    expect(table.findAll("thead th").map((head) => head.text())).toEqual(["lotId", "qty", "DB", "DB"]);
    const open = table.findComponent({ name: "DataTable" });
    open.vm.$emit("open", rows[0]);
    open.vm.$emit("open", { ...rows[0], lotId: null });
    expect(table.emitted("open")).toEqual([["A"]]);
  });
});

describe("a hold reason", () => {
  it("is asked for under all filters of the page", () => {
    const filter = { reason: "QC", includeDummy: true, types: ["X"] };
    expect(holdQuery(filter, "7+")).toEqual({ reason: "QC", includeDummy: true, filter, ageRange: "7+" });
    expect(holdQuery({})).toEqual({ reason: "", includeDummy: false, filter: {} });
  });
  it("says how many of its lots no chart counts, because they have no id", () => {
    const store = (lots: number) => ({
      holds: () => ({
        items: [
          { reason: "QC", holdType: "quality" as const, lots, qty: 1 },
          { reason: "x", holdType: "quality" as const, lots: 9, qty: 1 },
        ],
      }),
      holdSummary: () => ({ totalLots: 12, totalQty: 0, avgAge: 0, maxAge: 0, workcenterCount: 0 }),
    });
    expect(withoutId(store(10), { reason: "QC" })).toMatch(/^2 of them without an ID/);
    expect(withoutId(store(12), { reason: "QC" })).toBe("");
  });
  it("has its totals and all age classes as figures", () => {
    const summary: HoldSummary = { totalLots: 12, totalQty: 12_345, avgAge: 3, maxAge: 7.5, workcenterCount: 2 };
    expect(holdFigures(summary).map(({ value }) => value)).toEqual(["12", "12.3K", "3.0", "7.50", "2"]);
    const none = holdFigures({ totalLots: 0, totalQty: 0, avgAge: 0, maxAge: 0, workcenterCount: 0 });
    expect(none.map(({ value }) => value)).toEqual(["0", "0", "–", "–", "0"]);
    const shares = AGES.map((range) => ({ range, label: "", lots: 3, qty: 30, percentage: 25 }));
    expect(ageFigures(shares).map(({ key, value, share }) => [key, value, share])).toEqual(AGES.map((range) => [range, "3", 0.25]));
  });
});

it("leads to another page of lots with every filter", () => {
  const state = { workorder: "GA26", packages: ["QFN", "<b>"], dummy: true, status: "HOLD" as const, hold: "quality" as const };
  expect(lotsAddress("/wip-detail", state, { lot: "" })).toEqual({
    path: "/wip-detail",
    query: { workorder: "GA26", package: ["QFN", "<b>"], include_dummy: "true", status: "HOLD", hold_type: "quality" },
    hash: "",
  });
});

describe("the panel of a lot", () => {
  const held = { lotId: "A", qty: 1_500, workcenterGroup: "TMTT" };

  it("has the fields of the contract in its order, in groups", () => {
    expect(groupsOf({ ...held, notInTheContract: 1 })).toEqual([
      {
        name: "lot",
        facts: [
          ["lotId", "A"],
          ["qty", "1,500"],
        ],
      },
      { name: "place", facts: [["workcenterGroup", "TMTT"]] },
    ]);
  });

  it("shows what the browser holds, then what the server has sent, and what failed", async () => {
    const shown = async (text: string) => {
      const panel = await mountPart(LotPanel, { props: { id: "A" } });
      await vi.waitFor(() => expect(document.body.textContent).toContain(text));
      const all = document.body.textContent;
      panel.unmount();
      return all;
    };
    lots.lot = () => held;
    expect(await shown("Loading the other fields")).toContain("1,500");
    asked.answer.value = { ...held, workorder: "GA2601" };
    expect(await shown("GA2601")).not.toContain("Loading");
    // The answer of another lot is none, and what failed leaves what is held.
    asked.answer.value = { ...held, lotId: "B", workorder: "GA2601" };
    asked.problem.value = Object.assign(new Error("the database is slow"), { code: "TIMEOUT" });
    const failed = await shown("the database is slow");
    expect([failed.includes("GA2601"), failed.includes("1,500")]).toEqual([false, true]);
    lots.lot = () => null;
    asked.answer.value = undefined;
    asked.problem.value = Object.assign(new Error("no such lot"), { code: "NOT_FOUND" });
    await shown("There is no lot with this ID");
  });
});
