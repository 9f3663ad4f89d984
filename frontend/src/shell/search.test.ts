// @vitest-environment happy-dom
import type { EquipmentRecord, SearchQuery } from "mes-compute";
import { afterEach, expect, it } from "vitest";

import { drawers } from "../who/navigation";
import { search, type Sources } from "./search";

const page = (path: string, name: string) =>
  ({ path, name: { en: name, "zh-TW": `${name}頁` }, state: "released", role: "viewer" }) as const;
const values: Record<string, string[]> = { lotid: ["GA26 1/#?%<b>", "XGA26"], workorder: ["GA26"], package: ["SOT-23"], pj_type: [] };
const asked: SearchQuery[] = [];
const sources = {
  lots: {
    search: (query: SearchQuery) => (asked.push(query), { items: values[query.field]!.filter((name) => name.includes(query.q)) }),
    workcenters: () => [{ name: "GA26 站", lot_count: 12 }],
    holds: () => ({
      items: [
        { reason: "ga26 特採", lots: 3 },
        { reason: "", lots: 1 },
      ],
    }),
  },
  machines: {
    list: () => ({ total: 1, rows: [{ RESOURCEID: "id/1", RESOURCENAME: "M-GA26", EQUIPMENTASSETSSTATUS: "PRD" } as EquipmentRecord] }),
  },
  drawers: [{ id: "d", name: { en: "D", "zh-TW": "D" }, pages: [page("/wip-overview", "WIP overview"), page("/resource", "Equipment")] }],
  views: [],
  language: "en",
} as unknown as Sources;
afterEach(() => (drawers.value = undefined));

it("finds everything that contains the text, exact ones first, and knows where each leads", () => {
  const found = search(sources, " GA26 ");
  expect(found.map(({ kind }) => kind)).toEqual(["workorder", "lot", "workcenter", "reason", "machine"]);
  const to = Object.fromEntries(found.map(({ kind, hits }) => [kind, hits.map((hit) => hit.to)]));
  expect(to.lot).toEqual(["/lot/GA26%201%2F%23%3F%25%3Cb%3E", "/lot/XGA26"]);
  expect(to.machine).toEqual(["/equipment/id%2F1"]);
  expect(to.workorder).toEqual(["/wip-overview?workorder=GA26"]);
  expect(to.workcenter).toEqual(["/wip-overview?workcenter=GA26+%E7%AB%99"]);
  expect(to.reason).toEqual(["/wip-overview?reason=ga26+%E7%89%B9%E6%8E%A1"]);
  expect(asked.filter(({ field }) => field === "lotid").map(({ filter }) => filter?.includeDummy)).toEqual([false, true]);
});

it("finds pages by name in both languages and by path, and lists them while nothing is typed", () => {
  const names = (text: string) =>
    search({ ...sources, lots: undefined, machines: undefined }, text).flatMap(({ hits }) => hits.map((hit) => hit.text));
  expect(names("")).toEqual(["WIP overview", "Equipment"]);
  expect([names("equipment頁"), names("/wip-"), names("nowhere")]).toEqual([["Equipment"], ["WIP overview"], []]);
});

it("finds views by name and lists them first while nothing is typed", () => {
  const views = [
    { name: "早會 <b>", address: "/resource?status=UDT" },
    { name: "Morning", address: "/wip-overview#?q=1" },
  ];
  const found = (text: string) => search({ ...sources, lots: undefined, machines: undefined, views }, text);
  expect(found("").map(({ kind }) => kind)).toEqual(["view", "page"]);
  expect(found("早會 <")).toEqual([{ kind: "view", hits: [{ text: "早會 <b>", detail: "/resource", to: "/resource?status=UDT" }] }]);
  expect(found("morn")[0]!.hits[0]).toMatchObject({ text: "Morning", detail: "/wip-overview", to: "/wip-overview#?q=1" });
});
