// Equipment status: its filters, its figures, the list of machines and the facts of one.
import type { CellFilter, EquipmentFilter, EquipmentRecord, EquipmentStore, EquipmentSummary, SortKey } from "mes-compute";

import type { Figure } from "../../figures/figure";
import { fieldText } from "../../figures/fieldText";
import { ouFigure, pctFigure } from "../../figures/machineFigures";
import { shortTime } from "../../figures/numbers";
import { FACTS } from "../../contract/facts";
import { STATES } from "../../figures/states";
import { language } from "../../theme/preferences";
import { type Filter, filterSet, manyFilter, viewText } from "../../filters/filterSet";
import { machineFilters } from "../../filters/machineFilters";
import { one, oneOf } from "../../filters/urlState";
import { type Column, fieldColumn } from "../../table/column";
import { type Sort, sortState } from "../../table/sort";
import { pagedWindow, type RowWindow } from "../../table/rowWindow";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

/** Orders of the list, which are the keys of its columns. */
const SORT_KEYS: readonly SortKey[] = ["name", "status", "group", "family", "lots", "qty", "trackIn"];
/** Machines that the list reads at once. */
const PAGE = 100;

/** Name of a status category; a site's own category is its code. */
export function categoryName(code: string): string {
  const known = FACTS.statusCategories.find((category) => category.code === code);
  if (!known) return code;
  return language.value === "en" ? known.label_en : known.label_zh;
}

/** A cell of the tree as filter of the list. */
const cellFilter: Filter<CellFilter | undefined, "cell"> = {
  kind: "choice",
  core: "cell",
  isHidden: true,
  label: () => t("resource.cell"),
  empty: undefined,
  read(query) {
    const column = oneOf(query, "state", STATES);
    const names = { group: one(query, "group"), family: one(query, "family"), resourceId: one(query, "row") };
    const cell: CellFilter = { ...Object.fromEntries(Object.entries(names).filter(([, name]) => name !== "")), ...(column && { column }) };
    return Object.keys(cell).length > 0 ? cell : undefined;
  },
  write: (cell) => ({ group: cell?.group, family: cell?.family, row: cell?.resourceId, state: cell?.column }),
  chip: (cell) => [cell?.group, cell?.family, cell?.resourceId, cell?.column].filter(Boolean).join(" · "),
};

export const resourceFilters = filterSet<EquipmentFilter>()({
  ...machineFilters,
  categories: manyFilter({
    url: "status_categories",
    core: "statusCategories",
    label: () => fieldLabel("equipment", "STATUS_CATEGORY"),
    textOf: categoryName,
  }),
  cell: cellFilter,
  sort: sortState(SORT_KEYS),
  /** The machine whose panel is open. */
  machine: viewText("machine"),
});

export function keyFigures(summary: EquipmentSummary): Figure[] {
  const label = fieldLabel("equipment_tree", "availabilityPct");
  return [ouFigure(summary.ou_pct), pctFigure("availability", label, summary.availability_pct, t("resource.availabilityFormula"))];
}

/** All machines that pass, read in parts. */
export function listOf(store: Pick<EquipmentStore, "list">, filter: EquipmentFilter, sort: Sort | undefined): RowWindow<EquipmentRecord> {
  const order = sort && { sort: sort.key as SortKey, descending: sort.descending };
  const read = (page: number) => store.list({ filter, ...order, offset: (page - 1) * PAGE, limit: PAGE });
  const first = read(1);
  return pagedWindow(first.total, PAGE, (page) => (page === 1 ? first : read(page)).rows);
}

export function listColumns(): Column<EquipmentRecord>[] {
  const column = (key: SortKey, field: keyof EquipmentRecord, width: number, more: Partial<Column<EquipmentRecord>> = {}) =>
    fieldColumn<EquipmentRecord>("equipment", field, { key, width, ...more });
  const lots = ({ LOT_COUNT, LOT_DETAILS }: EquipmentRecord) => (LOT_COUNT === null ? null : (LOT_DETAILS?.length ?? 0));
  return [
    column("name", "RESOURCENAME", 108),
    column("status", "EQUIPMENTASSETSSTATUS", 142, {
      titleOf: (row) => [row.EQUIPMENTASSETSSTATUS, row.EQUIPMENTASSETSSTATUSREASON].filter(Boolean).join(" · "),
    }),
    column("group", "WORKCENTER_GROUP", 104),
    column("family", "RESOURCEFAMILYNAME", 66),
    column("lots", "LOT_COUNT", 50, { value: lots, text: (row) => fieldText("equipment", "LOT_COUNT", lots(row)) }),
    column("qty", "TOTAL_TRACKIN_QTY", 72),
    column("trackIn", "LATEST_TRACKIN_TIME", 92, { text: (row) => shortTime(row.LATEST_TRACKIN_TIME) }),
  ];
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
