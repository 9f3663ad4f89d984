// One lot: what is known of it, and where it leads.
import type { EquipmentRecord, EquipmentStore, FieldValue, LotStore, QcGateLot } from "mes-compute";

import { type Fact, factsOf, type Linked } from "../../figures/fact";
import type { Figure } from "../../figures/figure";
import { fieldText } from "../../figures/fieldText";
import { count } from "../../figures/numbers";
import { stateColour } from "../../figures/states";
import type { LotFields } from "../../lots/lotFacts";
import { LOTS, machinePage } from "../../who/subjects";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

/** Machines that a name is looked for among. */
const MOST_MACHINES = 500;

export interface Gate {
  since: QcGateLot["since"];
  waitSecs: QcGateLot["waitSecs"];
}

/** What the plant's current version says of a lot. */
export interface Found {
  fields: LotFields;
  /** Where it waits at a QC gate. */
  gate: Gate | undefined;
  /** Lots whose work order contains that of this lot, itself too. */
  siblings: number;
}

export function findLot(store: Pick<LotStore, "lot" | "qcGate" | "summary">, lotid: string): Found | undefined {
  // Beside the fields are their labels, which the contract has in both languages.
  const fields = store.lot({ lotid }) as LotFields | null;
  if (!fields) return undefined;
  const gate = store.qcGate({ includeDummy: true }).lots.find(({ lotId }) => lotId === fields.lotId);
  const workorder = text(fields.workorder);
  const siblings = workorder === "" ? 0 : store.summary({ workorder, includeDummy: true }).totalLots;
  return { fields, gate: gate && { since: gate.since, waitSecs: gate.waitSecs }, siblings };
}

export function text(value: FieldValue | undefined): string {
  return value === null || value === undefined ? "" : String(value);
}

/** Machines of these names, comma-separated as the MES writes them. */
export function machinesOf(
  store: Pick<EquipmentStore, "list">,
  names: string,
): Pick<EquipmentRecord, "RESOURCEID" | "RESOURCENAME" | "LOT_DETAILS">[] {
  const wanted = names
    .split(",")
    .map((name) => name.trim())
    .filter(Boolean);
  return wanted.flatMap((name) => {
    const { rows } = store.list({ filter: { text: name }, limit: MOST_MACHINES });
    return rows.filter(({ RESOURCENAME, RESOURCEID }) => RESOURCENAME === name || RESOURCEID === name);
  });
}

/** State, pieces and age, and where the lot is. */
export function figuresOf(fields: LotFields): Figure[] {
  const status = text(fields.wipStatus);
  const figure = (key: string, more: Partial<Figure> = {}): Figure => ({
    key,
    label: fieldLabel("lot", key),
    value: fieldText("lot", key, fields[key]),
    ...more,
  });
  return [
    figure("wipStatus", {
      letter: status.slice(0, 1),
      colour: stateColour(status),
      detail: status === "HOLD" ? text(fields.holdReason) : "",
    }),
    figure("qty"),
    figure("ageByDays"),
    figure("workcenterGroup", { detail: text(fields.spec) }),
    figure("packageLef", { detail: text(fields.pjType) }),
  ];
}

/** Where the lot waits or runs, and since when, as far as the tables say. */
export function placeFacts({ fields, gate, siblings }: Found, machines: ReturnType<typeof machinesOf>): Fact[] {
  const links: Linked[] = machines.map(({ RESOURCENAME, RESOURCEID }) => ({
    text: RESOURCENAME ?? RESOURCEID,
    to: machinePage(RESOURCEID),
  }));
  const workorder = text(fields.workorder);
  const query = new URLSearchParams({ workorder, include_dummy: "true" });
  const onMachine = machines.flatMap(({ LOT_DETAILS }) => LOT_DETAILS ?? []).find(({ RUNCARDLOTID }) => RUNCARDLOTID === fields.lotId);
  return [
    ...factsOf("lot", fields, ["workcenterGroup", "spec"]),
    [fieldLabel("lot", "equipment"), links.length > 0 ? links : text(fields.equipment)],
    [
      fieldLabel("lot", "workorder"),
      workorder === "" ? "" : [{ text: t("lot.siblings", { workorder, n: count(siblings) }), to: `${LOTS}?${query}` }],
    ],
    ...(onMachine ? factsOf("machine_lot", { ...onMachine }, ["LOTTRACKINTIME", "LOTTRACKINEMPLOYEE"]) : []),
    ...(gate ? factsOf("qc_gate", { ...gate }, ["since", "waitSecs"]) : []),
  ];
}

/** That the current version has no such lot; `seen` is what was known of it while this page was open. */
export function missingText(id: string, version: string | null | undefined, seen: LotFields | undefined): string {
  const given = { id, time: version ?? "–" };
  return seen ? t("lot.left", { ...given, seen: text(seen.dataUpdateDate) }) : t("lot.unknown", given);
}

/** By whom and why the lot is on hold; nothing while it is not. */
export function holdFacts(fields: LotFields): Fact[] {
  return fields.wipStatus === "HOLD" ? factsOf("lot", fields, ["holdReason", "holdEmp", "holdDept", "holdComment"]) : [];
}
