// What an administrator has changed and not saved, kept in this tab: it outlives a reload and signing in again.
import type { ManagedDrawer } from "./layout";

const KEY = "mes.pages.draft";

export interface Draft {
  /** The revision that it was made from, and its drawers. */
  revision: number;
  base: ManagedDrawer[];
  drawers: ManagedDrawer[];
}

export function keep(draft: Draft | undefined): void {
  try {
    if (draft) sessionStorage.setItem(KEY, JSON.stringify(draft));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Storage may be full or forbidden: then the page alone holds it.
  }
}

export function kept(): Draft | undefined {
  try {
    const draft = JSON.parse(sessionStorage.getItem(KEY) ?? "null") as Draft | null;
    return draft && Array.isArray(draft.base) && Array.isArray(draft.drawers) ? draft : undefined;
  } catch {
    return undefined;
  }
}
