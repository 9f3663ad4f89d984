// A read that is repeated while somebody looks at it. What was read last stays when one fails.
import type { MesError } from "mes-compute";
import { onScopeDispose, shallowRef } from "vue";

import { asMesError, livePlant } from "./livePlant";

export function usePolled<T>(path: string, everyMs: number) {
  const data = shallowRef<T>();
  const problem = shallowRef<MesError>();
  const abort = new AbortController();
  let timer: number | undefined;

  async function ask(): Promise<void> {
    window.clearTimeout(timer);
    try {
      const api = await livePlant.client;
      const answer = (await api.get(path, { signal: abort.signal })) as { data: T };
      data.value = answer.data;
      problem.value = undefined;
    } catch (failure) {
      if (abort.signal.aborted) return;
      problem.value = asMesError(failure);
    }
    if (!abort.signal.aborted) timer = window.setTimeout(again, everyMs);
  }

  /** A page in the background asks again when it is seen. */
  function again(): void {
    if (document.visibilityState === "visible") void ask();
  }

  document.addEventListener("visibilitychange", again);
  onScopeDispose(() => {
    abort.abort();
    window.clearTimeout(timer);
    document.removeEventListener("visibilitychange", again);
  });
  void ask();
  return { data, problem, ask };
}
