// Whether the page is being printed: then tables are whole, without controls, in black on white.
import { nextTick, ref } from "vue";

/** More rows of one table are not printed; the page says how many are left out. */
export const PRINTED_ROWS = 2_000;

export const printing = ref(false);

function set(next: boolean): void {
  printing.value = next;
  const root = document.documentElement;
  if (next) root.dataset.printing = "";
  else delete root.dataset.printing;
}

/** Follows the browser's announcements. What the page makes of them is there before it is laid out. */
export function followPrinting(): void {
  window.addEventListener("beforeprint", () => {
    set(true);
    void nextTick();
  });
  window.addEventListener("afterprint", () => set(false));
  window.matchMedia("print").addEventListener("change", (event) => set(event.matches));
}
