// Areas in areas as option of ECharts: pure data in, pure data out.
import type { Palette } from "../theme/palette";
import { escaped, TIP_STYLE } from "./escape";

/** An area, or the parts that it has. */
export interface Area {
  name: string;
  /** What its size stands for. */
  size: number;
  /** What its colour stands for. */
  heat: number;
  /** Lines of its tip below the name, made when it is shown. */
  tip: () => readonly string[];
  parts?: readonly Area[];
}

/** Less contrast than this and a label can't be read. */
function inkOn(colour: string): string {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[0-9a-f]{2}/gi) ?? []).map((part) => parseInt(part, 16));
  return red * 0.299 + green * 0.587 + blue * 0.114 > 150 ? "#14181f" : "#ffffff";
}

/** A colour between two, as hexadecimal digits. */
function between(from: string, to: string, share: number): string {
  const parts = (colour: string) => (colour.match(/[0-9a-f]{2}/gi) ?? []).map((part) => parseInt(part, 16));
  const end = parts(to);
  return `#${parts(from)
    .map((value, place) =>
      Math.round(value + ((end[place] ?? value) - value) * share)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}

/** Groups with their parts; the coldest is 0, the hottest the largest `heat` of a part, but not below `least`. */
export function treemapOption(groups: readonly Area[], colours: Palette, scale: { least: number; text: (value: number) => string }) {
  const hottest = groups.flatMap(({ parts = [] }) => parts).reduce((most, { heat }) => Math.max(most, heat), scale.least);
  const ends = [colours.middle, colours.low] as const;
  const node = ({ name, size, heat, tip, parts }: Area): Record<string, unknown> => {
    const colour = between(...ends, Math.max(0, heat) / hottest);
    return {
      name,
      value: [size, heat],
      tip,
      itemStyle: { color: parts ? colours.surface : colour },
      label: { color: inkOn(colour) },
      ...(parts && { children: parts.map(node) }),
    };
  };
  return {
    tooltip: {
      confine: true,
      extraCssText: TIP_STYLE,
      backgroundColor: colours.surface,
      borderColor: colours.grid,
      textStyle: { color: colours.text, fontSize: 12 },
      formatter: ({ name, data }: { name: string; data?: { tip?: () => readonly string[] } }) =>
        [`<b>${escaped(name)}</b>`, ...(data?.tip?.() ?? []).map(escaped)].join("<br>"),
    },
    visualMap: {
      type: "continuous",
      min: 0,
      max: hottest,
      dimension: 1,
      // The colours stand at the areas: a label needs to know its own.
      seriesIndex: [],
      calculable: false,
      orient: "horizontal",
      left: "center",
      bottom: 0,
      itemHeight: 120,
      itemWidth: 10,
      text: [scale.text(hottest), scale.text(0)],
      textStyle: { color: colours.text, fontSize: 11 },
      inRange: { color: [...ends] },
    },
    series: [
      {
        type: "treemap",
        ...{ left: 0, right: 0, top: 0, bottom: 34 },
        roam: false,
        nodeClick: false,
        breadcrumb: { show: false },
        visibleMin: 1,
        label: { fontSize: 11, overflow: "truncate", padding: [4, 5] },
        upperLabel: { show: true, height: 20, color: colours.text, fontSize: 11, fontWeight: 600, overflow: "truncate" },
        levels: [
          { itemStyle: { gapWidth: 3, borderWidth: 0, borderColor: colours.surface }, upperLabel: { show: false } },
          { itemStyle: { gapWidth: 1, borderWidth: 1, borderColor: colours.grid } },
          { itemStyle: { borderWidth: 0, borderColor: colours.grid } },
        ],
        data: groups.map(node),
      },
    ],
  };
}

/** Keys in the order of the chart's marks: the whole, then each group before its parts. */
export function treemapKeys<G, P>(
  groups: readonly G[],
  partsOf: (group: G) => readonly P[],
  keyOf: (group: G, part?: P) => string,
): string[] {
  return ["", ...groups.flatMap((group) => [keyOf(group), ...partsOf(group).map((part) => keyOf(group, part))])];
}
