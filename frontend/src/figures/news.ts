// Whether what is drawn now comes from new data: a number that a person's choice changes does not glow.
import { nextTick } from "vue";

let isArriving = false;

export const isNews = () => isArriving;

/** The drawing that has just been caused shows new data: call it behind the change, before anything else is drawn. */
export function bringNews(): void {
  isArriving = true;
  void nextTick(() => (isArriving = false));
}
