// What the plant had of one thing, kept when a later version no longer has it.
import { computed, type ComputedRef, type Ref } from "vue";

/** The last `value` of this `key` that was there. */
export function useLastSeen<T>(key: Readonly<Ref<string>>, value: Readonly<Ref<T | null | undefined>>): ComputedRef<T | undefined> {
  const seen = computed<{ key: string; value: T } | undefined>((before) => {
    if (value.value !== null && value.value !== undefined) return { key: key.value, value: value.value };
    return before?.key === key.value ? before : undefined;
  });
  return computed(() => seen.value?.value);
}
