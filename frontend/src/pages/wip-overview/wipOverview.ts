// The WIP overview: its filters, figures and columns of lots.
import type { DetailLot, HoldLot, HoldType, LotFilter, WipStatus } from "mes-compute";

import { holdName, LOT_STATES } from "../../figures/lotFigures";
import { choiceFilter, filterSet, manyFilter, type StateOf, textFilter, toggleFilter, viewState, viewText } from "../../filters/filterSet";
import { one } from "../../filters/urlState";
import { type Column, fieldColumn } from "../../table/column";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;
const label = (key: string) => () => fieldLabel("hold_lots", key);
const HOLD_TYPES: readonly HoldType[] = ["quality", "non-quality"];

export const wipFilters = filterSet<LotFilter>()(
  {
    workorder: textFilter({ url: "workorder", core: "workorder", label: label("workorder"), placeholder: "GA26…" }),
    lotid: textFilter({ url: "lotid", core: "lotid", label: label("lotId"), placeholder: "GA26…-A00" }),
    workcenters: manyFilter({ url: "workcenter", core: "workcenters", label: label("workcenter") }),
    packages: manyFilter({ url: "package", core: "packages", label: label("package") }),
    types: manyFilter({ url: "type", core: "types", label: () => fieldLabel("lot", "pjType") }),
    dummy: toggleFilter({ url: "include_dummy", core: "includeDummy", label: () => t("filter.dummy") }),
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
    settle: (state) => ({
      ...state,
      hold: state.status === "HOLD" ? state.hold : undefined,
      groupPackage: state.group === "" ? "" : state.groupPackage,
    }),
  },
);
export type WipState = StateOf<(typeof wipFilters)["filters"]>;

export function chosenFigure({ status, hold }: Pick<WipState, "status" | "hold">): string | null {
  return Object.keys(LOT_STATES).find((key) => LOT_STATES[key]!.status === status && LOT_STATES[key]!.hold === hold) ?? null;
}

/** What a figure filters by; the total by nothing. */
export function meaningOf(key: string | null): { status: WipStatus | undefined; hold: HoldType | undefined } {
  return LOT_STATES[key ?? ""] ?? { status: undefined, hold: undefined };
}

export function lotColumns(): Column<DetailLot>[] {
  const column = (key: keyof DetailLot, width: number) => fieldColumn<DetailLot>("wip_detail", key, { width });
  return [
    column("lotId", 185),
    column("wipStatus", 80),
    column("qty", 80),
    column("package", 120),
    column("spec", 150),
    column("equipment", 120),
    column("holdReason", 130),
  ];
}

export function heldLotColumns(): Column<HoldLot>[] {
  const column = (key: keyof HoldLot, width: number) => fieldColumn<HoldLot>("hold_lots", key, { width });
  return [
    column("lotId", 185),
    column("age", 70),
    column("qty", 80),
    column("package", 110),
    column("workcenter", 110),
    column("holdBy", 100),
    column("dept", 90),
    column("holdComment", 240),
  ];
}
