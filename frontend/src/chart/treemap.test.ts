import { expect, it } from "vitest";

import { palette } from "../testPalette";
import { type Area, treemapKeys, treemapOption } from "./treemap";

const colours = { ...palette, middle: "#000000", low: "#ff8000", surface: "#ffffff", grid: "#eeeeee", text: "#111111" };
const part = (name: string, size: number, heat: number): Area => ({ name, size, heat, tip: () => [`${size} lots`] });
const groups = [
  { ...part("<DB>", 30, 4), parts: [part("a", 20, 5), part("b", 10, 0)] },
  { ...part("WB", 1, 10), parts: [part("a", 1, 10)] },
];
interface Node {
  name: string;
  value: number[];
  itemStyle: { color: string };
  label: { color: string };
  children?: Node[];
}
const drawn = (areas: readonly Area[]) => treemapOption(areas, colours, { least: 4, text: (value) => `${value} d` });

it("gives every area its size and its colour between the coldest and the hottest", () => {
  const nodes = drawn(groups).series[0]!.data as unknown as Node[];
  expect(nodes.map(({ name, value }) => [name, value])).toEqual([
    ["<DB>", [30, 4]],
    ["WB", [1, 10]],
  ]);
  expect(nodes.flatMap(({ children = [] }) => children.map(({ itemStyle }) => itemStyle.color))).toEqual(["#804000", "#000000", "#ff8000"]);
  expect(drawn(groups).visualMap.text).toEqual(["10 d", "0 d"]);
  // Nothing is hot, or below 0: no colour is out of the scale.
  const cold = drawn([{ ...part("x", 1, -1), parts: [part("y", 1, -1)] }]).series[0]!.data as unknown as Node[];
  expect(cold[0]!.children![0]!.itemStyle.color).toBe("#000000");
  expect(drawn([]).visualMap.text).toEqual(["4 d", "0 d"]);
});

it("writes on dark areas in light ink, and names in tips as text", () => {
  const nodes = drawn(groups).series[0]!.data as unknown as Node[];
  expect(nodes[0]!.children!.map(({ label }) => label.color)).toEqual(["#ffffff", "#ffffff"]);
  const tip = drawn(groups).tooltip.formatter({ name: "<DB>", data: { tip: () => ["<i>"] } });
  expect(tip).toBe("<b>&#60;DB&#62;</b><br>&#60;i&#62;");
});

it("has a key for every mark, in the order in which the chart counts them", () => {
  const keys = treemapKeys(
    groups,
    ({ parts }) => parts,
    (group, one) => [group.name, one?.name].join("/"),
  );
  expect(keys).toEqual(["", "<DB>/", "<DB>/a", "<DB>/b", "WB/", "WB/a"]);
});
