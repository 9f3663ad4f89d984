// What a person can see, and what comes into view with the next turn of the wheel.
import { useIntersectionObserver } from "@vueuse/core";
import { onScopeDispose, ref, type Ref, shallowRef, type ShallowRef, watch } from "vue";

import { printing } from "../theme/printing";

/** How close to the window an element is near, px. */
const NEAR_PX = 100;

/** Whether the element is in view or within `px` of it; true until the browser has told. */
export function useNear(element: Readonly<Ref<HTMLElement | null>>, px = NEAR_PX): Ref<boolean> {
  const isNear = ref(true);
  useIntersectionObserver(element, (entries) => (isNear.value = entries.at(-1)?.isIntersecting ?? true), { rootMargin: `${px}px` });
  return isNear;
}

/** Parts of an element of which each is told when it comes into view. */
const PARTS = 24;

/** How far the element is in view or near, px from its top; without an end until the browser has told. */
export function useSeen(element: Readonly<Ref<HTMLElement | null>>): Ref<number> {
  const seen = ref(Number.POSITIVE_INFINITY);
  useIntersectionObserver(
    element,
    (entries) => {
      const { intersectionRect, boundingClientRect } = entries.at(-1)!;
      seen.value = Math.max(0, intersectionRect.bottom - boundingClientRect.top);
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

/** Follows `next`: at once while the element is near or the page is printed, else after the page has been painted. */
export function useWhenNear<T>(element: Readonly<Ref<HTMLElement | null>>, next: () => T): Readonly<ShallowRef<T>> {
  const isNear = useNear(element);
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
