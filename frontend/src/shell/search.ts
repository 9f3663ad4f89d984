// What the search finds: lots and machines open their page, everything else the overview with that filter.
import type { EquipmentStore, LotStore, SearchField } from "mes-compute";

import type { Schemas } from "../contract/api";
import { LOTS, lotPage, machinePage } from "../who/subjects";
import type { View } from "./views";

export type Kind = "lot" | "machine" | "workorder" | "package" | "type" | "reason" | "workcenter" | "page" | "view";

export interface Hit {
  text: string;
  /** Beside the text, smaller. */
  detail: string;
  to: string;
}
export interface Section {
  kind: Kind;
  hits: Hit[];
}

/** What is searched; a part is undefined before its data is there, or where the reader may not see it. */
export interface Sources {
  lots: Pick<LotStore, "search" | "holds" | "workcenters"> | undefined;
  machines: Pick<EquipmentStore, "list"> | undefined;
  drawers: readonly Schemas["Drawer"][];
  /** The reader's own, then those for everybody. */
  views: readonly View[];
  language: keyof Schemas["Names"];
}

/** Hits of one kind. */
const MOST = 6;

const lower = (text: string) => text.toLowerCase();

/** How well a text fits: as it is typed, its beginning, within it. */
function rank(text: string, typed: string): number {
  if (lower(text) === lower(typed)) return 0;
  return lower(text).startsWith(lower(typed)) ? 1 : 2;
}

function overview(filter: Record<string, string>): string {
  return `${LOTS}?${new URLSearchParams(filter)}`;
}

function searchLots(lots: NonNullable<Sources["lots"]>, typed: string): Section[] {
  const values = (field: SearchField, includeDummy = false) =>
    lots.search({ field, q: typed, limit: MOST, filter: { includeDummy } }).items;
  /** Dummy lots only where there are not enough others. */
  const lotIds = () => {
    const ids = values("lotid");
    return ids.length < MOST ? [...new Set([...ids, ...values("lotid", true)])].slice(0, MOST) : ids;
  };
  const filtered = (kind: Kind, field: SearchField, filter: string): Section => ({
    kind,
    hits: values(field).map((text) => ({ text, detail: "", to: overview({ [filter]: text }) })),
  });
  const has = (name: string) => name !== "" && lower(name).includes(lower(typed));
  const counted = (kind: Kind, names: { name: string; lots: number }[], filter: string): Section => ({
    kind,
    hits: names
      .filter(({ name }) => has(name))
      .slice(0, MOST)
      .map(({ name, lots: n }) => ({ text: name, detail: String(n), to: overview({ [filter]: name }) })),
  });
  return [
    { kind: "lot", hits: lotIds().map((text) => ({ text, detail: "", to: lotPage(text) ?? "" })) },
    filtered("workorder", "workorder", "workorder"),
    filtered("package", "package", "package"),
    filtered("type", "pj_type", "type"),
    counted(
      "workcenter",
      lots.workcenters({}).map(({ name, lot_count }) => ({ name, lots: lot_count })),
      "workcenter",
    ),
    counted(
      "reason",
      lots.holds({}).items.map(({ reason, lots: held }) => ({ name: reason, lots: held })),
      "reason",
    ),
  ];
}

function searchMachines(machines: NonNullable<Sources["machines"]>, typed: string): Section {
  const { rows } = machines.list({ filter: { text: typed }, sort: "name", limit: MOST });
  const hits = rows.map((row) => ({
    text: row.RESOURCENAME ?? row.RESOURCEID,
    detail: [row.EQUIPMENTASSETSSTATUS, row.RESOURCEFAMILYNAME].filter(Boolean).join(" · "),
    to: machinePage(row.RESOURCEID) ?? "",
  }));
  return { kind: "machine", hits };
}

/** Pages whose name or path has the text; all of them while nothing is typed. */
function searchPages({ drawers, language }: Sources, typed: string): Section {
  const hits = drawers.flatMap((drawer) =>
    drawer.pages
      .filter(({ name, path }) => [...Object.values(name), path].some((text) => lower(text).includes(lower(typed))))
      .map(({ name, path }) => ({ text: name[language], detail: path, to: path })),
  );
  return { kind: "page", hits };
}

/** Views whose name has the text; all of them while nothing is typed. */
function searchViews({ views }: Sources, typed: string): Section {
  const found = views.filter(({ name }) => lower(name).includes(lower(typed))).slice(0, MOST);
  return { kind: "view", hits: found.map(({ name, address }) => ({ text: name, detail: address.split(/[?#]/)[0]!, to: address })) };
}

/** What contains the text, by kind: first the kinds with what was typed exactly, then those that begin with it. */
export function search(sources: Sources, text: string): Section[] {
  const typed = text.trim();
  const [pages, views] = [searchPages(sources, typed), searchViews(sources, typed)];
  if (typed === "") return [views, pages].filter(({ hits }) => hits.length > 0);
  const { lots, machines } = sources;
  const [found, ...others] = lots ? searchLots(lots, typed) : [];
  const sections = [...(found ? [found] : []), ...(machines ? [searchMachines(machines, typed)] : []), ...others, views, pages];
  const best = ({ hits }: Section) => Math.min(...hits.map((hit) => rank(hit.text, typed)));
  return sections
    .filter(({ hits }) => hits.length > 0)
    .map((section) => ({ ...section, hits: section.hits.toSorted((a, b) => rank(a.text, typed) - rank(b.text, typed)) }))
    .toSorted((a, b) => best(a) - best(b));
}
