// @vitest-environment happy-dom
import type { EquipmentRecord, Field, ListQuery, LotStore } from "mes-compute";
import { beforeEach, expect, it } from "vitest";

import { takeFields } from "../../contract/fields";
import { groupsOf } from "../../lots/lotFacts";
import { addWords, i18n } from "../../words/i18n";
import { findLot, holdFacts, machinesOf, missingText, placeFacts } from "./lot";
import * as words from "./words";

addWords("lot", words);
i18n.global.locale.value = "en";

const KEYS = ["lotId", "workorder", "holdReason", "holdEmp", "workcenterGroup", "spec", "equipment", "ageByDays", "priority"];
const field = (dataset: string, api_key: string) => [api_key, { dataset, api_key, label_zh: api_key, label_en: api_key } as Field] as const;
beforeEach(() =>
  takeFields({
    lot: Object.fromEntries(KEYS.map((key) => field("lot", key))),
    machine_lot: Object.fromEntries(["LOTTRACKINTIME", "LOTTRACKINEMPLOYEE"].map((key) => field("machine_lot", key))),
    qc_gate: Object.fromEntries(["since", "waitSecs"].map((key) => field("qc_gate", key))),
  }),
);

const held = { lotId: "A", workorder: "W 1", wipStatus: "HOLD", holdReason: "<b>", holdEmp: null, equipment: "M1, M2" };

it("has the fields in groups in the order of the contract; those of the server keep their place while they come", () => {
  const shown = (others: Parameters<typeof groupsOf>[1], loading: boolean) =>
    groupsOf(held, others, loading).map(({ name, facts }) => [name, ...facts.map(([label, value]) => `${label} ${String(value)}`)]);
  expect(shown(undefined, true)).toEqual([
    ["lot", "lotId A", "workorder W 1"],
    ["hold", "holdReason <b>", "holdEmp –"],
    ["place", "workcenterGroup …", "spec …", "equipment M1, M2"],
    ["time", "ageByDays …", "priority …"],
  ]);
  // What is held here is of the newer version.
  const [lot, , place] = shown({ lotId: "OLD", priority: "1", spec: null }, true);
  expect([lot, place]).toEqual([
    ["lot", "lotId A", "workorder W 1"],
    ["place", "workcenterGroup …", "spec –", "equipment M1, M2"],
  ]);
  expect(shown(undefined, false)).toHaveLength(3);
});

it("finds a lot with its work order's lots and its wait at a gate", () => {
  const store = {
    lot: ({ lotid }: { lotid: string }) => (lotid === "A" ? held : null),
    qcGate: () => ({ lots: [{ lotId: "B" }, { lotId: "A", since: "2026-11-20 08:00:00", waitSecs: 60, qty: 1 }] }),
    summary: () => ({ totalLots: 7 }),
  } as unknown as LotStore;
  expect(findLot(store, "X")).toBeUndefined();
  expect(findLot(store, "A")).toEqual({ fields: held, gate: { since: "2026-11-20 08:00:00", waitSecs: 60 }, siblings: 7 });
});

it("knows the machines that a lot is on by their exact names", () => {
  const asked: ListQuery[] = [];
  const rows = ["M1", "M10", "M2"].map((RESOURCENAME) => ({ RESOURCENAME, RESOURCEID: `id ${RESOURCENAME}` }) as EquipmentRecord);
  const store = { list: (query: ListQuery) => (asked.push(query), { total: 3, rows }) };
  expect(machinesOf(store, "M1, M2,,M3").map(({ RESOURCEID }) => RESOURCEID)).toEqual(["id M1", "id M2"]);
  expect(asked.map(({ filter }) => filter?.text)).toEqual(["M1", "M2", "M3"]);
});

it("leads to its machines and to the lots of its work order, and says since when it is there", () => {
  const on = { RUNCARDLOTID: "A", LOTTRACKINTIME: "2026-11-20T07:00:00", LOTTRACKINEMPLOYEE: "Chen", LOTTRACKINQTY_PCS: 1 };
  const machines = [
    { RESOURCEID: "id/1", RESOURCENAME: "M1", LOT_DETAILS: null },
    { RESOURCEID: "id/2", RESOURCENAME: null, LOT_DETAILS: [on] },
  ];
  const facts = Object.fromEntries(placeFacts({ fields: held, gate: undefined, siblings: 7 }, machines));
  expect(facts.equipment).toEqual([
    { text: "M1", to: "/equipment/id%2F1" },
    { text: "id/2", to: "/equipment/id%2F2" },
  ]);
  expect(facts.workorder).toMatchObject([{ to: "/wip-overview?workorder=W+1&include_dummy=true" }]);
  expect(facts.LOTTRACKINTIME).toContain("07:00:00");
  const waiting = placeFacts({ fields: held, gate: { since: "2026-11-20 08:00:00", waitSecs: 60 }, siblings: 0 }, []);
  expect(waiting.map(([label]) => label)).toEqual(["workcenterGroup", "spec", "equipment", "workorder", "since", "waitSecs"]);
  expect(waiting[2]).toEqual(["equipment", "M1, M2"]);
});

it("says by whom and why a lot is on hold, and nothing while it is not", () => {
  expect(holdFacts(held).slice(0, 2)).toEqual([
    ["holdReason", "<b>"],
    ["holdEmp", "–"],
  ]);
  expect(holdFacts({ ...held, wipStatus: "RUN" })).toEqual([]);
});

it("says that a lot is not in the current version, or has left since it was shown", () => {
  expect(missingText("<b>", "T1", undefined)).toMatch(/^Lot <b> is not in the current version of the data, as of T1\. A lot that has left/);
  expect(missingText("A", undefined, { ...held, dataUpdateDate: "T0" })).toMatch(
    /as of –: it has left the plant\. What follows was known at T0/,
  );
});
