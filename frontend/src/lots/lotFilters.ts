// Which lots: the same filters, with the same names in addresses, on every page of lots.
import type { HoldType, WipStatus } from "mes-compute";

import { holdName, LOT_STATES } from "../figures/lotFigures";
import { dataLink } from "../filters/dataLink";
import {
  choiceFilter,
  type Filters,
  type FilterSet,
  manyFilter,
  type StateOf,
  textFilter,
  toggleFilter,
  writtenOf,
} from "../filters/filterSet";
import { placed } from "../filters/urlState";
import { fieldLabel } from "../words/fieldLabel";
import { i18n } from "../words/i18n";

const { t } = i18n.global;
const label = (key: string) => () => fieldLabel("hold_lots", key);
const HOLD_TYPES: readonly HoldType[] = ["quality", "non-quality"];

export const lotFilters = {
  workorder: textFilter({ url: "workorder", core: "workorder", label: label("workorder"), placeholder: "GA26…" }),
  lotid: textFilter({ url: "lotid", core: "lotid", label: label("lotId"), placeholder: "GA26…-A00" }),
  workcenters: manyFilter({ url: "workcenter", core: "workcenters", label: label("workcenter") }),
  packages: manyFilter({ url: "package", core: "packages", label: label("package") }),
  types: manyFilter({ url: "type", core: "types", label: () => fieldLabel("lot", "pjType") }),
  dummy: toggleFilter({ url: "include_dummy", core: "includeDummy", label: () => t("filter.dummy") }),
};

/** Filters that figures set. */
export const stateFilters = {
  status: choiceFilter({
    url: "status",
    core: "status",
    label: () => fieldLabel("lot", "wipStatus"),
    values: ["RUN", "QUEUE", "HOLD"] as const,
    isHidden: true,
  }),
  hold: choiceFilter({
    url: "hold_type",
    core: "holdType",
    label: () => fieldLabel("holds", "holdType"),
    values: HOLD_TYPES,
    textOf: holdName,
    isHidden: true,
  }),
};

interface Meaning {
  status: WipStatus | undefined;
  hold: HoldType | undefined;
}

export function chosenFigure({ status, hold }: Meaning): string | null {
  return Object.keys(LOT_STATES).find((key) => LOT_STATES[key]!.status === status && LOT_STATES[key]!.hold === hold) ?? null;
}

/** What a figure filters by; the total by nothing. */
export function meaningOf(key: string | null): Meaning {
  return LOT_STATES[key ?? ""] ?? { status: undefined, hold: undefined };
}

/** The hold type counts only with HOLD. */
export function withoutIdleHold<S extends { status: string | undefined; hold: HoldType | undefined }>(state: S): S {
  return state.status === "HOLD" ? state : { ...state, hold: undefined };
}

const shared = { ...lotFilters, ...stateFilters };
type Shared = StateOf<typeof shared>;

/** The lots that filters leave as a file of the API; undefined where it lacks one of the filters. */
export function lotsLink<F extends Filters>(
  set: FilterSet<F, unknown>,
  state: StateOf<F>,
  more: { status?: "HOLD" } = {},
): string | undefined {
  const names = ["workorder", "lotid", "workcenter", "package", "type", "include_dummy", "status", "hold_type"] as const;
  return dataLink("/api/snapshot/{dataset}", names, set, state, { ...more, format: "csv" })?.replace("{dataset}", "wip");
}

/** Held lots that the core and the API list at once. */
export const MOST_HELD = 200;

/** The held lots that filters leave, where the API knows all of the filters and lists that many lots at once. */
export function heldLink<F extends Filters>(
  set: FilterSet<F, unknown>,
  state: StateOf<F>,
  total: number,
  more: { reason?: string } = {},
): string | undefined {
  const names = ["hold_type", "reason", "department", "age_range", "workcenter", "package", "include_dummy"] as const;
  return total > MOST_HELD ? undefined : dataLink("/api/hold-overview/lots", names, set, state, { ...more, per_page: String(MOST_HELD) });
}

/** Another page of lots with the same filters, and `more` in its address. */
export function lotsAddress(path: string, state: Partial<Shared>, more: Record<string, string> = {}) {
  return { path, ...placed({ ...writtenOf(shared, state), ...more }) };
}
