// What makes an element over the page a dialog: the focus goes in and stays, Esc closes, and the focus
// returns to where it was. The page below keeps its styles and its size, so that nothing of it is laid out again.
import { useEventListener } from "@vueuse/core";
import { type Ref, watch } from "vue";

const STOPS = ["a[href]", ...["button", "input", "select", "textarea"].map((tag) => `${tag}:not([disabled])`), "[tabindex='0']"].join();

/** `root` is there while the dialog is open. */
export function useModal(root: Readonly<Ref<HTMLElement | null>>, close: () => void): void {
  const stops = () => [...(root.value?.querySelectorAll<HTMLElement>(STOPS) ?? [])];
  watch(
    root,
    (element, _, onCleanup) => {
      if (!element) return;
      const before = document.activeElement;
      (stops()[0] ?? element).focus({ preventScroll: true });
      onCleanup(() => before instanceof HTMLElement && before.focus({ preventScroll: true }));
    },
    { flush: "post" },
  );
  useEventListener(document, "keydown", (event) => {
    if (!root.value || event.defaultPrevented || event.isComposing) return;
    if (event.key === "Escape") close();
    else if (event.key === "Tab") {
      const all = stops();
      const [from, to] = event.shiftKey ? [all[0], all.at(-1)] : [all.at(-1), all[0]];
      const isInside = root.value.contains(document.activeElement) && document.activeElement !== root.value;
      if (isInside && document.activeElement !== from) return;
      event.preventDefault();
      to?.focus();
    }
  });
}
