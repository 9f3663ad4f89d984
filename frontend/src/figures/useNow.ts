// The server's time for ages that are shown.
import { createSharedComposable, useIntervalFn } from "@vueuse/core";
import { readonly, ref } from "vue";

import { serverClock } from "../contract/serverClock";

const EVERY_MS = 1_000;

/** The server's time, ms since 1970; one clock for all readers. */
export const useNow = createSharedComposable(() => {
  const now = ref(serverClock.now());
  useIntervalFn(() => (now.value = serverClock.now()), EVERY_MS);
  return readonly(now);
});
