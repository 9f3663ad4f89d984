/** Long names are broken instead of leading out of the window. */
export const TIP_STYLE = "max-width: min(360px, 80vw); white-space: normal; overflow-wrap: anywhere;";

/** A name as text of HTML: tips of charts are HTML, and names are written by people. */
export function escaped(name: string): string {
  return name.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
