// What a person can see, and what comes into view with the next turn of the wheel.
import { useIntersectionObserver } from "@vueuse/core";
import { onScopeDispose, ref, type Ref, shallowRef, type ShallowRef, watch } from "vue";

import { printing } from "../theme/printing";

/** Whether the element is in view or close to it; true until the browser has told. */
export function useNear(element: Readonly<Ref<HTMLElement | null>>): Ref<boolean> {
  const isNear = ref(true);
  useIntersectionObserver(element, (entries) => (isNear.value = entries.at(-1)?.isIntersecting ?? true), { rootMargin: "100px" });
  return isNear;
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
