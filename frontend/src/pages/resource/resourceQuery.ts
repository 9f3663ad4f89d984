// The state of the equipment page as its address, and as filter of the core.
import type { CellFilter, EquipmentFilter, SortKey } from "mes-compute";
import type { LocationQuery } from "vue-router";

import { STATES } from "../../figures/states";
import { many, one, oneOf, type UrlCodec } from "../../filters/urlState";

/** Orders of the list. */
export const SORT_KEYS: readonly SortKey[] = ["name", "group", "family", "status", "lots", "qty", "trackIn"];

export interface ResourceState {
  groups: string[];
  families: string[];
  categories: string[];
  production: boolean | undefined;
  key: boolean | undefined;
  monitor: boolean | undefined;
  text: string;
  cell: CellFilter | undefined;
  sort: SortKey | undefined;
  descending: boolean;
  machine: string;
}

function flag(query: LocationQuery, name: string): boolean | undefined {
  const value = oneOf(query, name, ["true", "false"]);
  return value === undefined ? undefined : value === "true";
}

function cell(query: LocationQuery): CellFilter | undefined {
  const found: CellFilter = {};
  if (one(query, "group")) found.group = one(query, "group");
  if (one(query, "family")) found.family = one(query, "family");
  if (one(query, "row")) found.resourceId = one(query, "row");
  const column = oneOf(query, "state", STATES);
  if (column) found.column = column;
  return Object.keys(found).length > 0 ? found : undefined;
}

function written(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

export const resourceCodec: UrlCodec<ResourceState> = {
  read: (query) => ({
    groups: many(query, "workcenter_groups"),
    families: many(query, "families"),
    categories: many(query, "status_categories"),
    production: flag(query, "is_production"),
    key: flag(query, "is_key"),
    monitor: flag(query, "is_monitor"),
    text: one(query, "q"),
    cell: cell(query),
    sort: oneOf(query, "sort", SORT_KEYS),
    descending: one(query, "order") === "desc",
    machine: one(query, "machine"),
  }),
  write: (state) => ({
    workcenter_groups: state.groups,
    families: state.families,
    status_categories: state.categories,
    is_production: written(state.production),
    is_key: written(state.key),
    is_monitor: written(state.monitor),
    q: state.text,
    group: state.cell?.group,
    family: state.cell?.family,
    row: state.cell?.resourceId,
    state: state.cell?.column,
    sort: state.sort,
    order: state.descending ? "desc" : undefined,
    machine: state.machine,
  }),
};

/** The filters of the page for the core, without the selected cell. */
export function equipmentFilter(state: ResourceState): EquipmentFilter {
  return {
    workcenterGroups: state.groups,
    families: state.families,
    statusCategories: state.categories,
    ...(state.production !== undefined && { isProduction: state.production }),
    ...(state.key !== undefined && { isKey: state.key }),
    ...(state.monitor !== undefined && { isMonitor: state.monitor }),
    ...(state.text && { text: state.text }),
  };
}

/** Whether two cells are the same one; a selection at one level never stands for another level. */
export function sameCell(a: CellFilter | undefined, b: CellFilter): boolean {
  return a !== undefined && a.group === b.group && a.family === b.family && a.resourceId === b.resourceId && a.column === b.column;
}
