// The theme's colours for canvases, which know no CSS variables.
import { computed } from "vue";

import { theme } from "./preferences";
import { printing } from "./printing";

/** Values of CSS variables, read again when the theme changes. */
export function useColours<K extends string>(names: Record<K, string>) {
  return computed(() => {
    void theme.value;
    void printing.value;
    const style = getComputedStyle(document.documentElement);
    return Object.fromEntries(Object.entries<string>(names).map(([key, name]) => [key, style.getPropertyValue(name).trim()])) as Record<
      K,
      string
    >;
  });
}
