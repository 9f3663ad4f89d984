// The WIP overview: its filters and its view.
import type { LotFilter } from "mes-compute";

import { dataLink } from "../../filters/dataLink";
import { filterSet, type StateOf, viewState, viewText } from "../../filters/filterSet";
import { one } from "../../filters/urlState";
import { lotFilters, stateFilters, withoutIdleHold } from "../../lots/lotFilters";
import type { LotField } from "../../lots/lotList";

export const wipFilters = filterSet<LotFilter>()(
  {
    ...lotFilters,
    ...stateFilters,
    /** Whether the matrix shows all packages. */
    wide: viewState<boolean>(
      false,
      (query) => one(query, "packages") === "all",
      (wide) => ({ packages: wide ? "all" : undefined }),
    ),
    /** What is open: the lots of a group and package, or one hold reason. */
    group: viewText("lots"),
    groupPackage: viewText("of"),
    reason: viewText("reason"),
  },
  {
    settle: (state) => withoutIdleHold({ ...state, groupPackage: state.group === "" ? "" : state.groupPackage }),
  },
);
export type WipState = StateOf<(typeof wipFilters)["filters"]>;

/** The filters with the lots of a group, or of one of its packages. */
export function filtersOf(state: WipState, group: string, pack: string): WipState {
  return { ...state, workcenters: [group], ...(pack && { packages: [pack] }) };
}

/** The filters of hold reasons: they show all states. */
export function heldFilters(state: WipState): WipState {
  return { ...state, status: undefined, hold: undefined };
}

/** The matrix of the API with the same filters. */
export function matrixLink(state: WipState): string | undefined {
  const names = ["workorder", "lotid", "workcenter", "package", "type", "include_dummy", "status", "hold_type"] as const;
  return dataLink("/api/wip/overview/matrix", names, wipFilters, state);
}

/** Columns of the panel of lots until others are chosen. */
export const PANEL_FIELDS: readonly LotField[] = ["lotId", "wipStatus", "qty", "packageLef", "spec", "equipment", "holdReason"];
