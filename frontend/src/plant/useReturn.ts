// What failed in bad times is asked for again when they are over.
import { onScopeDispose, watch } from "vue";

import { livePlant } from "./livePlant";

/** All browsers hear at once that the server or its database is well again; they come back within this time. */
const RETURN_MS = 5_000;

/** Calls back after the connection, the client, the server or the database was in trouble, once all of them are well. */
export function useReturn(run: () => void): void {
  let returning: number | undefined;
  const { paused, connection, condition, silentSince } = livePlant;
  watch([paused, connection, () => condition.value?.status, silentSince], ([pause, stream, status, silence]) => {
    window.clearTimeout(returning);
    if (!pause && stream === "live" && status === "healthy" && silence === undefined)
      returning = window.setTimeout(run, Math.random() * RETURN_MS);
  });
  onScopeDispose(() => window.clearTimeout(returning));
}
