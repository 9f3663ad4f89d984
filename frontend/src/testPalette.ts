import type { Palette } from "./theme/palette";

/** A palette whose colours have the names of what they stand for. */
export const palette = new Proxy({} as Palette, { get: (_, name) => String(name) });
