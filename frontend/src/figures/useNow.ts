// The server's time for ages that are shown.
import { onScopeDispose, readonly, ref } from "vue";

import { serverClock } from "../contract/serverClock";

/** Counts on every `everyMs`. */
export function useNow(everyMs: number) {
  const now = ref(serverClock.now());
  const timer = window.setInterval(() => (now.value = serverClock.now()), everyMs);
  onScopeDispose(() => window.clearInterval(timer));
  return readonly(now);
}
