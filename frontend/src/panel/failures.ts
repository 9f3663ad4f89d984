/** Whether what failed can't be shown; a click that did nothing leaves the panel as it is. */
export function replacesPanel(info: string): boolean {
  // Vue says it in words, or by the number at the end of an address in a built program.
  return !/event handler|runtime-[56]$/.test(info);
}
