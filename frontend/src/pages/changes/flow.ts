// What flowed through the plant in a shift: figures, the course of WIP, and moves by group.
import type { FlowTotals, GroupFlow, ShiftFlow, WipPoint } from "mes-compute";

import { axesOf } from "../../chart/axes";
import type { ChartTable } from "../../chart/ChartCard.vue";
import { short } from "../../chart/pareto";
import { compact, count, label } from "../../figures/numbers";
import type { Column } from "../../table/column";
import type { Palette } from "../../theme/palette";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

/** What moved, and up to when that is known. */
export function movesText({ moves, points }: ShiftFlow): string {
  return t("changes.moves", { lots: count(moves.lots), qty: compact(moves.qty), until: points.at(-1)?.moment ?? "" });
}

const STATES = [
  ["runQty", "run", "run"],
  ["queueQty", "queue", "queue"],
  ["qualityHoldQty", "qualityHold", "quality"],
  ["nonQualityHoldQty", "nonQualityHold", "nonquality"],
] as const;

/** Pieces by state over the time of the shift; where nothing is known, nothing is drawn. */
export function courseOption(points: readonly WipPoint[], colours: Palette) {
  const { label: text, tooltip, split, axisLine } = axesOf(colours);
  const series = STATES.map(([key, field, colour]) => ({
    name: fieldLabel("wip_summary", field),
    type: "line",
    stack: "wip",
    step: "end",
    symbol: "none",
    areaStyle: { opacity: 0.55 },
    lineStyle: { width: 1 },
    itemStyle: { color: colours[colour] },
    data: points.flatMap((point) => [...(point.isAfterGap ? [[point.moment, null]] : []), [point.moment, point[key]]]),
  }));
  return {
    grid: { left: 8, right: 12, top: 44, bottom: 4, containLabel: true },
    legend: { type: "scroll", top: 0, left: 0, itemWidth: 12, itemHeight: 10, itemGap: 12, textStyle: text },
    tooltip,
    xAxis: { type: "time", axisLabel: { ...text, hideOverlap: true }, axisLine, axisTick: { show: false }, splitLine: { show: false } },
    yAxis: { type: "value", axisLabel: { ...text, formatter: short }, splitLine: split },
    series,
  };
}

export function courseTable(points: readonly WipPoint[]): ChartTable {
  return {
    head: [t("past.moment"), fieldLabel("wip_summary", "totalLots"), ...STATES.map(([, field]) => fieldLabel("wip_summary", field))],
    rows: points.map((point) => [point.moment, point.lots, ...STATES.map(([key]) => point[key])]),
  };
}

export function groupColumns(): Column<GroupFlow>[] {
  const totals = (key: "moves" | "left" | "entered", width: number): Column<GroupFlow> => {
    const of = (row: GroupFlow): FlowTotals => row[key];
    return {
      key,
      label: t(`changes.flow_${key}`),
      num: true,
      width,
      value: (row) => of(row).qty,
      text: (row) => count(of(row).qty),
      detail: (row) => `${count(of(row).lots)} ${t("common.lots")}`,
    };
  };
  const number = (key: "meanQty" | "turns", text: (value: number) => string): Column<GroupFlow> => ({
    key,
    label: t(`changes.${key}`),
    num: true,
    width: 110,
    value: (row) => row[key],
    text: ({ [key]: value }) => (value === null ? "–" : text(value)),
  });
  return [
    {
      key: "name",
      label: fieldLabel("lot", "workcenterGroup"),
      value: ({ name }) => name,
      text: ({ name }) => label(name ?? ""),
      width: 150,
    },
    totals("moves", 150),
    totals("left", 150),
    totals("entered", 150),
    number("meanQty", compact),
    number("turns", (turns) => turns.toFixed(2)),
  ];
}
