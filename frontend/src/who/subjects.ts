// The pages of one lot and of one machine. A role that may see the page that lists lots or machines may see them.
import { isUnlisted } from "./navigation";

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
