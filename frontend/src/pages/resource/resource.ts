// Equipment status: its filters, its figures, the list of machines and the facts of one.
import type { EquipmentFilter, EquipmentRecord, EquipmentStore, EquipmentSummary, FieldNames } from "mes-compute";
import type { RouteLocationRaw } from "vue-router";

import { FACTS } from "../../contract/facts";
import { fieldKeys } from "../../contract/fields";
import type { Figure } from "../../figures/figure";
import { fieldText } from "../../figures/fieldText";
import { ouFigure, pctFigure } from "../../figures/machineFigures";
import { cell, shortTime } from "../../figures/numbers";
import { dataLink } from "../../filters/dataLink";
import { shifted } from "../../filters/dayRange";
import { filterSet, type StateOf, viewState, viewText, writtenOf } from "../../filters/filterSet";
import { machineFilters, stateFilters } from "../../filters/machineFilters";
import { oneOf, placed } from "../../filters/urlState";
import { type Column, fieldColumn } from "../../table/column";
import { sortState } from "../../table/sort";
import { openedState } from "../../table/useTree";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

type MachineField = FieldNames["equipment"];

export const VIEWS = ["table", "cards"] as const;
export type View = (typeof VIEWS)[number];

export const resourceFilters = filterSet<EquipmentFilter>()({
  ...machineFilters,
  ...stateFilters,
  view: viewState<View>(
    "table",
    (query) => oneOf(query, "view", VIEWS) ?? "table",
    (view) => ({ view: view === "table" ? undefined : view }),
  ),
  sort: sortState({ keys: () => fieldKeys("equipment") }),
  opened: openedState(),
  /** The machine whose panel is open. */
  machine: viewText("machine"),
});

export type ResourceState = StateOf<(typeof resourceFilters)["filters"]>;

/** The address of the page in another state. */
export const addressOf = (state: ResourceState) => ({ path: "/resource", ...placed(resourceFilters.codec.write(state)) });

/** The address of the jobs of these machines, since the first of those that are open was opened. */
export function jobsQuery(
  store: Pick<EquipmentStore, "list">,
  state: ResourceState,
  filter: EquipmentFilter,
  today: string,
): RouteLocationRaw | undefined {
  const [first] = store.list({ filter: { ...filter, hasJob: true }, sort: "CREATEDATE", limit: 1 }).rows;
  const earliest = shifted(today, 1 - FACTS.longestRangeDays);
  const opened = first?.CREATEDATE?.slice(0, 10);
  const query = {
    ...writtenOf({ ...machineFilters, ...stateFilters }, state),
    start_date: opened && opened > earliest ? opened : earliest,
  };
  return first && { path: "/job-query", ...placed(query) };
}

const NAMES = ["workcenter_groups", "is_production", "is_key", "is_monitor", "status_categories", "has_job"] as const;

/** The same machines by the API, where it knows all of the filters. */
export function listLink(state: ResourceState): string | undefined {
  return dataLink("/api/resource/status", NAMES, resourceFilters, state);
}

export function treeLink(state: ResourceState): string | undefined {
  return dataLink("/api/resource/status/matrix", NAMES, resourceFilters, { ...state, cell: undefined });
}

export function keyFigures(summary: EquipmentSummary): Figure[] {
  const label = fieldLabel("equipment_tree", "availabilityPct");
  return [ouFigure(summary.ou_pct), pctFigure("availability", label, summary.availability_pct, t("resource.availabilityFormula"))];
}

/** The columns that are shown until others are chosen, with their widths. */
const SHOWN: Partial<Record<MachineField, number>> = {
  RESOURCENAME: 96,
  EQUIPMENTASSETSSTATUS: 130,
  JOBORDER: 98,
  WORKCENTER_GROUP: 92,
  LOT_COUNT: 46,
  TOTAL_TRACKIN_QTY: 76,
  LATEST_TRACKIN_TIME: 102,
};

function lotsOf({ LOT_COUNT, LOT_DETAILS }: EquipmentRecord): number | null {
  return LOT_COUNT === null ? null : (LOT_DETAILS?.length ?? 0);
}

/** What the contract can't say of a column. */
const MORE: Partial<Record<MachineField, Partial<Column<EquipmentRecord>>>> = {
  RESOURCENAME: { text: nameOf },
  EQUIPMENTASSETSSTATUS: {
    titleOf: ({ EQUIPMENTASSETSSTATUS, EQUIPMENTASSETSSTATUSREASON }) =>
      [EQUIPMENTASSETSSTATUS, EQUIPMENTASSETSSTATUSREASON].filter(Boolean).join(" · "),
  },
  LOT_COUNT: { value: lotsOf, text: (row) => fieldText("equipment", "LOT_COUNT", lotsOf(row)) },
  LOT_DETAILS: {
    value: ({ LOT_DETAILS }) => LOT_DETAILS?.map(({ RUNCARDLOTID }) => RUNCARDLOTID).join(", "),
    text: ({ LOT_DETAILS }) => cell(LOT_DETAILS?.map(({ RUNCARDLOTID }) => RUNCARDLOTID).join(", ")),
    isUnsortable: true,
  },
  LATEST_TRACKIN_TIME: { text: ({ LATEST_TRACKIN_TIME }) => shortTime(LATEST_TRACKIN_TIME) },
};

/** The name of a machine; its id where it has none. */
export function nameOf({ RESOURCENAME, RESOURCEID }: Pick<EquipmentRecord, "RESOURCENAME" | "RESOURCEID">): string {
  return RESOURCENAME ?? RESOURCEID;
}

/** The columns that are shown at first, and those of all other fields of a machine, in the order of the contract. */
export function listColumns(): Column<EquipmentRecord>[] {
  const shown = Object.keys(SHOWN) as MachineField[];
  const others = (fieldKeys("equipment") as MachineField[]).filter((key) => !shown.includes(key));
  return [...shown, ...others].map((key) =>
    fieldColumn<EquipmentRecord>("equipment", key, { width: SHOWN[key] ?? 110, isExtra: !shown.includes(key), ...MORE[key] }),
  );
}

export const MACHINE_FACTS = [
  "WORKCENTER_GROUP",
  "RESOURCEFAMILYNAME",
  "LOCATIONNAME",
  "VENDORNAME",
  "VENDORMODEL",
  "PJ_DEPARTMENT",
  "PJ_ISPRODUCTION",
  "PJ_ISKEY",
  "PJ_ISMONITOR",
] as const;
export const JOB_FACTS = ["JOBORDER", "JOBSTATUS", "CREATEDATE", "TECHNICIANUSER", "SYMPTOMCODE", "CAUSECODE"] as const;
