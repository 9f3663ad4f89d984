// Values that stay the same object while their content is the same.
import { computed, type ComputedRef } from "vue";

/** The previous value while its content is the same, so that nothing that depends on it is computed again. */
export function steady<T>(compute: () => T): ComputedRef<T> {
  return computed<T>((before) => {
    const next = compute();
    return before !== undefined && JSON.stringify(before) === JSON.stringify(next) ? before : next;
  });
}
