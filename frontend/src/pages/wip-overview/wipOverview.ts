// The state of the WIP overview as its address, and as filter of the core.
import type { HoldType, LotFilter, WipStatus } from "mes-compute";
import type { LocationQuery } from "vue-router";

import { many, one, oneOf, type UrlCodec } from "../../filters/urlState";

export interface WipState {
  workorder: string;
  lotid: string;
  packages: string[];
  types: string[];
  workcenters: string[];
  dummy: boolean;
  status: WipStatus | undefined;
  hold: HoldType | undefined;
  /** Whether the matrix shows all packages. */
  wide: boolean;
  /** Open drawer: the lots of a group (and package), or one hold reason. */
  group: string;
  groupPackage: string;
  reason: string;
}

export const wipCodec: UrlCodec<WipState> = {
  read: (query: LocationQuery) => ({
    workorder: one(query, "workorder"),
    lotid: one(query, "lotid"),
    packages: many(query, "package"),
    types: many(query, "type"),
    workcenters: many(query, "workcenter"),
    dummy: one(query, "include_dummy") === "true",
    status: oneOf<WipStatus>(query, "status", ["RUN", "QUEUE", "HOLD"]),
    hold: oneOf<HoldType>(query, "hold_type", ["quality", "non-quality"]),
    wide: one(query, "packages") === "all",
    group: one(query, "lots"),
    groupPackage: one(query, "of"),
    reason: one(query, "reason"),
  }),
  write: (state) => ({
    workorder: state.workorder,
    lotid: state.lotid,
    package: state.packages,
    type: state.types,
    workcenter: state.workcenters,
    include_dummy: state.dummy ? "true" : undefined,
    status: state.status,
    hold_type: state.status === "HOLD" ? state.hold : undefined,
    packages: state.wide ? "all" : undefined,
    lots: state.group,
    of: state.group === "" ? "" : state.groupPackage,
    reason: state.reason,
  }),
};

/** The filters of the page for the core. */
export function lotFilter(state: WipState): LotFilter {
  return {
    packages: state.packages,
    types: state.types,
    workcenters: state.workcenters,
    includeDummy: state.dummy,
    ...(state.workorder && { workorder: state.workorder }),
    ...(state.lotid && { lotid: state.lotid }),
    ...(state.status && { status: state.status }),
    ...(state.status === "HOLD" && state.hold && { holdType: state.hold }),
  };
}

/** What takes back the filter that the core calls by this name. */
export const relaxed: Record<string, Partial<WipState>> = {
  workorder: { workorder: "" },
  lotid: { lotid: "" },
  packages: { packages: [] },
  types: { types: [] },
  workcenters: { workcenters: [] },
  includeDummy: { dummy: true },
  status: { status: undefined, hold: undefined },
  holdType: { hold: undefined },
};
