// Whether a line of items has to be compact: on a phone, and where it needs more room than there is.
import { useMediaQuery, useResizeObserver } from "@vueuse/core";
import { computed, type ComputedRef, nextTick, onMounted, ref, type ShallowRef, watch, type WatchSource } from "vue";

type Place = Readonly<ShallowRef<HTMLElement | null>>;

/** The place of the line, the line, and what its width depends on. */
export function useCompact(root: Place, line: Place, contents: WatchSource[]): ComputedRef<boolean> {
  /** Widths of the line and of the place for it, px. */
  const needed = ref(0);
  const room = ref(0);
  const isPhone = useMediaQuery("(max-width: 700px)");
  const isCompact = computed(() => isPhone.value || needed.value > room.value);

  /** Lays the items out in a line to see how long it is. */
  async function measure(): Promise<void> {
    needed.value = 0;
    await nextTick();
    if (!isCompact.value) needed.value = line.value?.offsetWidth ?? 0;
  }
  useResizeObserver(root, ([entry]) => (room.value = entry!.contentRect.width));
  onMounted(() => {
    room.value = root.value?.clientWidth ?? 0;
    void measure();
  });
  watch([...contents, isPhone], measure);
  return isCompact;
}
