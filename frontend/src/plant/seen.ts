/** Whether somebody may look at this page now. */
export function isSeen(): boolean {
  return document.visibilityState === "visible";
}
