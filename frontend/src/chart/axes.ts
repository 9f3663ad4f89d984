// What charts with axes have in common, as options of ECharts.
import type { Palette } from "../theme/palette";
import { TIP_STYLE } from "./escape";

export function axesOf(colours: Palette) {
  const line = { lineStyle: { color: colours.grid } };
  return {
    label: { color: colours.text, fontSize: 11 },
    tooltip: {
      trigger: "axis",
      confine: true,
      extraCssText: TIP_STYLE,
      backgroundColor: colours.surface,
      borderColor: colours.grid,
      textStyle: { color: colours.text, fontSize: 12 },
    },
    split: line,
    axisLine: line,
  };
}
