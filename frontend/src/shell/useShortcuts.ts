// Keys that mean something wherever the reader is: a scanner's code, and those that open the search and the help.
import { useEventListener } from "@vueuse/core";
import { useRouter } from "vue-router";

import { singleKeys } from "../theme/preferences";
import { kiosk } from "./kiosk";
import { createScanner } from "./scanner";
import { isHelpOpen } from "./helpState";
import { openSearch } from "./searchState";

export function useShortcuts(): void {
  const router = useRouter();
  const scanner = createScanner();
  /** Fields take what is typed; everything else leaves it to the search. */
  useEventListener("keydown", (event) => {
    if (kiosk.value) return;
    const target = event.target instanceof Element ? event.target : null;
    const isControl = event.ctrlKey || event.metaKey;
    if (isControl && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      openSearch();
      event.preventDefault();
    }
    if (isControl || event.altKey || event.isComposing || target?.closest("input, textarea, [contenteditable]")) {
      scanner.reset();
      return;
    }
    const { isBurst, scanned } = scanner.key(event.key, event.timeStamp);
    // A scanner presses no button and scrolls no page.
    if (isBurst && (event.key.length === 1 || scanned !== undefined)) event.preventDefault();
    if (scanned !== undefined) void router.push({ path: "/wip-overview", query: { lotid: scanned } });
    if (singleKeys.value === "off" || isBurst || target?.closest("select, [role=dialog]")) return;
    if (event.key === "/") openSearch();
    else if (event.key === "?") isHelpOpen.value = true;
    else return;
    event.preventDefault();
  });
}
