// The WIP overview: its filters, figures and columns of lots.
import type { DetailLot, HoldLot, HoldType, LotFilter, Summary, Totals, WipStatus } from "mes-compute";

import type { Figure } from "../../figures/figure";
import { compact, count } from "../../figures/numbers";
import { choiceFilter, filterSet, manyFilter, type StateOf, textFilter, toggleFilter, viewState, viewText } from "../../filters/filterSet";
import { one } from "../../filters/urlState";
import { type Column, fieldColumn } from "../../table/column";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;
const label = (key: string) => () => fieldLabel("hold_lots", key);
const HOLD_TYPES: readonly HoldType[] = ["quality", "non-quality"];
const figureLabel = (key: keyof Summary | keyof Summary["byWipStatus"]) => fieldLabel("wip_summary", key);
export const holdName = (hold: HoldType) => figureLabel(hold === "quality" ? "qualityHold" : "nonQualityHold");

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

/** What a figure filters by; the total by nothing. */
const MEANINGS: Record<string, { status: WipStatus; hold: HoldType | undefined }> = {
  run: { status: "RUN", hold: undefined },
  queue: { status: "QUEUE", hold: undefined },
  quality: { status: "HOLD", hold: "quality" },
  nonQuality: { status: "HOLD", hold: "non-quality" },
};

export function chosenFigure({ status, hold }: Pick<WipState, "status" | "hold">): string | null {
  return Object.keys(MEANINGS).find((key) => MEANINGS[key]!.status === status && MEANINGS[key]!.hold === hold) ?? null;
}

export function meaningOf(key: string | null): { status: WipStatus | undefined; hold: HoldType | undefined } {
  return MEANINGS[key ?? ""] ?? { status: undefined, hold: undefined };
}

export function figuresOf({ totalLots, totalQtyPcs, byWipStatus }: Summary): Figure[] {
  const figure = (key: string, letter: string, colour: string, name: string, { lots, qtyPcs }: Totals): Figure => ({
    key,
    letter,
    colour: `var(--${colour})`,
    label: name,
    value: count(lots),
    unit: t("common.lots"),
    detail: `${compact(qtyPcs)} ${t("common.pcs")}`,
    hint: count(qtyPcs),
    share: totalLots === 0 ? 0 : lots / totalLots,
  });
  return [
    figure("total", "Σ", "text-2", figureLabel("totalLots"), { lots: totalLots, qtyPcs: totalQtyPcs }),
    figure("run", "R", "run", figureLabel("run"), byWipStatus.run),
    figure("queue", "Q", "queue", figureLabel("queue"), byWipStatus.queue),
    figure("quality", "H", "quality", figureLabel("qualityHold"), byWipStatus.qualityHold),
    figure("nonQuality", "N", "nonquality", figureLabel("nonQualityHold"), byWipStatus.nonQualityHold),
  ];
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
