// The pages of one lot and of one machine. A role that may see the page that lists lots or machines may see them.
import type { RouteLocationRaw } from "vue-router";

import { i18n } from "../words/i18n";
import { isUnlisted } from "./navigation";

const { t } = i18n.global;

/** The pages that list lots and machines. */
export const LOTS = "/wip-overview";
export const MACHINES = "/resource";

function address(listing: string, root: string, id: string | null | undefined): string | undefined {
  return id && !isUnlisted(listing) ? `${root}/${encodeURIComponent(id)}` : undefined;
}

/** The page of one lot; undefined where this reader has none. */
export function lotPage(id: string | null | undefined): string | undefined {
  return address(LOTS, "/lot", id);
}

/** The page of one machine, by its RESOURCEID; undefined where this reader has none. */
export function machinePage(id: string | null | undefined): string | undefined {
  return address(MACHINES, "/equipment", id);
}

/** Pages about one machine besides its own, by its name; its jobs since that of now was opened. */
export function machineLinks(name: string, jobOpened: string | null | undefined): { path: string; to: RouteLocationRaw; label: string }[] {
  const since = jobOpened?.slice(0, 10);
  const links = [
    { path: "/resource-history", to: { path: "/resource-history", query: { q: name } }, label: t("machines.history") },
    { path: "/downtime", to: { path: "/downtime", query: { q: name } }, label: t("machines.downtimes") },
    { path: "/job-query", to: { path: "/job-query", query: { q: name, ...(since && { start_date: since }) } }, label: t("machines.jobs") },
  ];
  return links.filter(({ path }) => !isUnlisted(path));
}
