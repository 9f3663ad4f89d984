// What a browser keeps for this program. A browser may forbid it, be full or
// lose it: then it is kept as long as the page is open.

export interface Kept {
  get(key: string): string | undefined;
  set(key: string, value: string | undefined): void;
  /** Whether it outlives the page. */
  lasts(): boolean;
}

/** Keeps in `area`, which may throw whenever it is touched. */
export function createKept(area: () => Storage): Kept {
  const here = new Map<string, string>();
  return {
    get(key) {
      const own = here.get(key);
      if (own !== undefined) return own;
      try {
        return area().getItem(key) ?? undefined;
      } catch {
        return undefined;
      }
    },
    set(key, value) {
      here.delete(key);
      try {
        if (value === undefined) area().removeItem(key);
        else area().setItem(key, value);
      } catch {
        if (value !== undefined) here.set(key, value);
      }
    },
    lasts() {
      try {
        area().setItem("mes.test", "1");
        area().removeItem("mes.test");
        return true;
      } catch {
        return false;
      }
    },
  };
}

/** In this browser. */
export const browserKept = createKept(() => localStorage);
/** In this tab, over reloads. */
export const tabKept = createKept(() => sessionStorage);
