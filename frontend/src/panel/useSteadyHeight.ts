// A part that never gets lower while its width stays: what is below it does not move when a filter leaves less.
import { useResizeObserver } from "@vueuse/core";
import { computed, nextTick, type Ref, ref } from "vue";

export function useSteadyHeight(part: Readonly<Ref<HTMLElement | null>>) {
  const height = ref(0);
  let width = 0;
  useResizeObserver(
    part,
    ([entry]) => {
      const { inlineSize = 0, blockSize = 0 } = entry?.borderBoxSize[0] ?? {};
      if (Math.abs(inlineSize - width) < 1) height.value = Math.max(height.value, blockSize);
      else {
        width = inlineSize;
        height.value = 0;
        void nextTick(() => (height.value = part.value?.offsetHeight ?? 0));
      }
    },
    { box: "border-box" },
  );
  return computed(() => (height.value > 0 ? { minHeight: `${height.value}px` } : undefined));
}
