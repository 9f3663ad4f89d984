// Addresses of the system that this one replaces, and what they show now.
import type { LocationQuery } from "vue-router";

export const FORMER = ["/wip-detail", "/hold-detail"] as const;
export type FormerPath = (typeof FORMER)[number];

/** Where a former address leads, with its filters. */
export function successor(path: FormerPath, query: LocationQuery): { path: string; query: LocationQuery } {
  if (path === "/hold-detail") return { path: "/wip-overview", query };
  // A workcenter was the page's subject: its lots open beside the overview.
  const { workcenter, ...filters } = query;
  return { path: "/wip-overview", query: workcenter ? { ...filters, lots: workcenter } : filters };
}
