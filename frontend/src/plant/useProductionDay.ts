// When the plant's production days and shifts begin, as the server says what the named ranges are now.
import { createSharedComposable } from "@vueuse/core";
import { computed } from "vue";

import type { Schemas } from "../contract/api";
import { isPlantDayKnown, plantDay } from "./plantDay";
import { usePolled } from "./usePolled";

/** A day begins at any time of the day. */
const EVERY_MS = 300_000;

export type RangeName = Schemas["NamedRange"];

/** One poll for all who ask. */
export const useProductionDay = createSharedComposable(() => {
  const { data, problem } = usePolled("/api/production-day", EVERY_MS);
  const ranges = computed(
    () => new Map(data.value?.ranges.map((one) => [one.range, { startDate: one.start_date, endDate: one.end_date }])),
  );
  /** The production day of now, or the calendar's while the server doesn't say. */
  const today = computed(() => ranges.value.get("today")?.endDate ?? plantDay.value);
  /** When the shift that is on began, plant time. */
  const shiftBegin = computed(() => data.value?.ranges.find(({ range }) => range === "this_shift")?.from);
  /** Whether it is known, or won't be for a while. */
  const isKnown = computed(() => data.value !== undefined || (problem.value !== undefined && isPlantDayKnown.value));
  return { ranges, today, shiftBegin, isKnown };
});
