// Home: the plant's figures, each with the page that shows what it counts.
import type {
  EquipmentSummary,
  Hold,
  LotChange,
  LotChanges,
  MachineChange,
  MachineChanges,
  OldestHold,
  QcGate,
  Summary,
} from "mes-compute";
import type { LocationQueryRaw } from "vue-router";

import { lotChangeFigure, machineChangeFigure } from "../../figures/changeFigures";
import type { Figure } from "../../figures/figure";
import { LOT_STATES, lotFigures } from "../../figures/lotFigures";
import { ouFigure } from "../../figures/machineFigures";
import { BLANK, count, label } from "../../figures/numbers";
import type { ShareRow } from "../../figures/ShareList.vue";
import { type Dataset, DATASETS, type DatasetStatus } from "../../plant/livePlant";
import { DOWN } from "../../table/machinesDown";
import { language } from "../../theme/preferences";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

/** Hold reasons that are listed, and machines that are down. */
export const LISTED = 5;

/** The page at `path` with a filter; undefined when this reader has no such page. */
type Leads = (path: string, query?: LocationQueryRaw) => Figure["to"];

/** Lots in each state. */
export function wipFigures(summary: Summary | undefined, leads: Leads): Figure[] {
  return lotFigures(summary).map((figure) => {
    const { status, hold } = LOT_STATES[figure.key] ?? {};
    const to = leads("/wip-overview", { ...(status && { status }), ...(hold && { hold_type: hold }) });
    return { ...figure, ...(to && { to }) };
  });
}

/** Lots that have waited for more than a day. */
export function gateFigure(gate: QcGate | undefined, leads: Leads): Figure {
  const late = gate?.classes.find(({ range }) => range === ">24h");
  const to = leads("/qc-gate", { range: ">24h" });
  return {
    key: "gate",
    label: t("home.overDay"),
    value: late ? count(late.lots) : BLANK,
    detail: gate ? (gate.lots.length === 0 ? t("home.noGates") : t("home.gateLots", { n: count(gate.lots.length) })) : BLANK,
    ...(late && { unit: t("common.lots") }),
    ...(to && { to }),
  };
}

/** OU % and the machines that are down. */
export function machineFigures(summary: EquipmentSummary | undefined, leads: Leads): Figure[] {
  const [all, down] = [leads("/resource"), leads("/resource", { status_categories: DOWN })];
  return [
    { ...ouFigure(summary?.ou_pct), ...(all && { to: all }) },
    {
      key: "down",
      label: t("machines.down"),
      value: summary ? count(summary.by_status_category[DOWN] ?? 0) : BLANK,
      detail: summary ? t("home.downOf", { n: count(summary.total_count) }) : BLANK,
      ...(down && { to: down }),
    },
  ];
}

/** The reasons with most lots; bars are in proportion to the first. */
export function reasonRows(holds: readonly Hold[], leads: Leads): ShareRow[] {
  const most = holds[0]?.lots ?? 0;
  return holds.slice(0, LISTED).map(({ reason, lots }) => {
    const to = leads("/wip-overview", { reason });
    return { name: reason, value: `${count(lots)} ${t("common.lots")}`, share: most > 0 ? lots / most : 0, ...(to && { to }) };
  });
}

/** The oldest lot on hold, how old it is, and why it is on hold. */
export function oldestText({ lot, reason }: OldestHold): string {
  const days = new Intl.NumberFormat(language.value, { style: "unit", unit: "day", unitDisplay: "long" });
  return t("home.oldest", { lot: label(lot.lotId ?? ""), age: days.format(lot.age), reason: label(reason ?? "") });
}

/** Its reason, whose lots are listed oldest first; a lot without one is found by its id. */
export function oldestLead({ lot, reason }: OldestHold): NonNullable<Figure["to"]> {
  return { path: "/wip-overview", query: reason ? { reason } : { lotid: lot.lotId ?? "", status: "HOLD" } };
}

/** Why a card has no content yet; undefined once there is some. */
export function waiting(what: string, statuses: readonly DatasetStatus[], content: unknown): string | undefined {
  if (content !== undefined) return undefined;
  const problem = statuses.find((status) => status.info === undefined && status.problem)?.problem;
  return problem ? t("common.failed", { why: problem.message }) : `${t("common.loading", { what })}…`;
}

/** The changes that a shift begins its day with. */
const SHOWN_LOT_CHANGES: readonly LotChange[] = ["held", "released", "moved", "came", "left"];
const SHOWN_MACHINE_CHANGES: readonly MachineChange[] = ["wentDown", "cameUp"];

/** What changed since the shift began, each with its list. */
export function changeFigures(lots: LotChanges | undefined, machines: MachineChanges | undefined): Figure[] {
  const lead = (query: LocationQueryRaw) => ({ to: { path: "/changes", query } });
  const ofLots = SHOWN_LOT_CHANGES.map((change) => {
    const { key, label: name, value, unit } = lotChangeFigure(lots, change);
    return { key, label: name, value, ...(unit && { unit }), ...lead({ change }) };
  });
  // Beside figures of lots they have to say what they count.
  const ofMachines = SHOWN_MACHINE_CHANGES.map((change) => ({
    ...machineChangeFigure(machines, change),
    label: t(`home.${change}`),
    ...lead({ machine_change: change }),
  }));
  return [...ofLots, ...ofMachines];
}

/** When each dataset was read, and what is not current about it. */
export function ageFacts(
  statuses: Readonly<Record<Dataset, DatasetStatus>>,
  stale: Partial<Record<Dataset, unknown>>,
  ageOf: (at: number) => string,
): (readonly [string, string | null])[] {
  return DATASETS.map((dataset) => {
    const { updatedAt, problem } = statuses[dataset];
    const trouble = problem ? t("shell.lost") : dataset in stale ? t("shell.stale") : "";
    const name = t(`dataset.${dataset}`);
    const text = [updatedAt === undefined ? "" : ageOf(updatedAt), trouble].filter(Boolean).join(" · ");
    return [name.charAt(0).toUpperCase() + name.slice(1), text || null] as const;
  });
}
