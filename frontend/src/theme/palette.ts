// The theme's colours for canvases, which can't read CSS variables.
import { computed } from "vue";

import { theme } from "./preferences";
import { printing } from "./printing";

/** Colours by what they stand for, and the tokens that have them. */
const TOKENS = {
  ...{ prd: "--prd", sby: "--sby", udt: "--udt", sdt: "--sdt", egt: "--egt", nst: "--nst", other: "--other" },
  ...{ run: "--run", queue: "--queue", quality: "--quality", nonquality: "--nonquality" },
  ...{ low: "--low", middle: "--middle", high: "--high" },
  ...{ accent: "--accent", text: "--text-2", grid: "--line", surface: "--surface" },
} as const;

export type Palette = Record<keyof typeof TOKENS, string>;

/** The colours of the theme; read again when it changes, and for paper. */
export function usePalette() {
  return computed(() => {
    void theme.value;
    void printing.value;
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(Object.entries(TOKENS).map(([name, token]) => [name, style.getPropertyValue(token).trim()])) as Palette;
  });
}
