// What failed in bad times is asked for again when they are over.
import type { MesError } from "mes-compute";
import { onScopeDispose, type Ref, watch } from "vue";

import { livePlant } from "./livePlant";

/** All browsers hear at once that the server or its database is well again; they come back within this time. */
const RETURN_MS = 5_000;

/**
 * Calls `run` after the connection, the client, the server or the database was in trouble, once all of them are well and there is
 * still a `problem`. A refusal stays one.
 */
export function useReturn(problem: Ref<MesError | undefined>, run: () => void): void {
  const isOpen = () => problem.value !== undefined && (problem.value.status ?? 500) >= 500;
  let returning: number | undefined;
  const { paused, connection, condition, silentSince } = livePlant;
  watch([paused, connection, () => condition.value?.status, silentSince], ([pause, stream, status, silence]) => {
    window.clearTimeout(returning);
    if (!pause && stream === "live" && status === "healthy" && silence === undefined)
      returning = window.setTimeout(() => isOpen() && run(), Math.random() * RETURN_MS);
  });
  onScopeDispose(() => window.clearTimeout(returning));
}
