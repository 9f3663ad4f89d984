// A read that is repeated while somebody looks at it. What was read last stays when one fails.
import type { MesError } from "mes-compute";
import { onScopeDispose, shallowRef } from "vue";

import { type Data, get, type PathOf } from "../contract/api";
import { asMesError, livePlant } from "./livePlant";

export function usePolled<P extends PathOf<"get">>(path: P, everyMs: number) {
  const data = shallowRef<Data<P>>();
  const problem = shallowRef<MesError>();
  const abort = new AbortController();
  let timer: number | undefined;

  async function ask(): Promise<void> {
    window.clearTimeout(timer);
    try {
      const api = await livePlant.client;
      const answer = await get(api, path, { signal: abort.signal });
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
