/** Whether what failed can't be shown; a click that did nothing leaves the panel as it is. */
export function replacesPanel(info: string): boolean {
  // Vue passes a text, or in a production build an address that ends in a number.
  return !/event handler|runtime-[56]$/.test(info);
}
