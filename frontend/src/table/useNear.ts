// What a person can see, and what comes into view with the next turn of the wheel.
import { useIntersectionObserver } from "@vueuse/core";
import { computed, onScopeDispose, ref, type Ref, shallowRef, type ShallowRef, watch } from "vue";

import { printing } from "../theme/printing";

/** How close to the window an element is near, px. */
const NEAR_PX = 100;

/** Whether the element is in view; true until the browser has told. */
export function useInView(element: Readonly<Ref<HTMLElement | null>>): Ref<boolean> {
  const isInView = ref(true);
  useIntersectionObserver(element, (entries) => (isInView.value = entries.at(-1)?.isIntersecting ?? true));
  return isInView;
}

/** Parts of an element of which each is told when it comes into view. */
const PARTS = 24;

/** How far the element is in view or near, px from its top, 0 where it is neither; without an end until the browser has told. */
export function useSeen(element: Readonly<Ref<HTMLElement | null>>): Ref<number> {
  const seen = ref(Number.POSITIVE_INFINITY);
  useIntersectionObserver(
    element,
    (entries) => {
      const { isIntersecting, intersectionRect, boundingClientRect } = entries.at(-1)!;
      seen.value = isIntersecting ? intersectionRect.bottom - boundingClientRect.top : 0;
    },
    { rootMargin: `${NEAR_PX}px`, threshold: Array.from({ length: PARTS + 1 }, (_, part) => part / PARTS) },
  );
  return seen;
}

/** Runs `then` after the page has been painted; answers with what takes it back. */
export function afterPaint(then: () => void): () => void {
  let timer = 0;
  const frame = requestAnimationFrame(() => (timer = window.setTimeout(then)));
  return () => {
    cancelAnimationFrame(frame);
    window.clearTimeout(timer);
  };
}

/** Follows `next`: at once while something of it is seen or the page is printed, else after the page has been painted. */
export function useWhenSeen<T>(seen: Readonly<Ref<number>>, next: () => T): Readonly<ShallowRef<T>> {
  const isNear = computed(() => seen.value > 0);
  const shown = shallowRef(next()) as ShallowRef<T>;
  let takeBack = () => {};
  const follow = () => (shown.value = next());
  watch([next, printing, isNear], () => {
    takeBack();
    if (isNear.value || printing.value) follow();
    else takeBack = afterPaint(follow);
  });
  onScopeDispose(() => takeBack());
  return shown;
}
