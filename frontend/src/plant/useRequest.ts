// A question to the server that follows what is wanted: asked when it settles, given up when it
// changes. What was read last stays while the next answer is under way, and when it fails; what could not be
// answered is asked again when the server is back.
import type { MesApi, MesError } from "mes-compute";
import { onScopeDispose, shallowRef, watch, type Ref } from "vue";

import { asMesError, livePlant } from "./livePlant";
import { useReturn } from "./useReturn";

/** A question waits this long for its next change, ms. */
const SETTLES_MS = 300;

/**
 * Asks `ask` for each value of `wanted`; undefined asks for nothing and forgets the answer. `wanted`
 * must only change when the question does.
 */
export function useRequest<Q, A>(wanted: Ref<Q | undefined>, ask: (api: MesApi, question: Q, signal: AbortSignal) => Promise<A>) {
  const answer = shallowRef<A>();
  const loading = shallowRef(false);
  const problem = shallowRef<MesError>();
  let running: AbortController | undefined;
  let timer: number | undefined;

  async function run(question: Q): Promise<void> {
    const own = new AbortController();
    running = own;
    try {
      const found = await ask(await livePlant.client, question, own.signal);
      if (running !== own) return;
      answer.value = found;
      problem.value = undefined;
    } catch (failure) {
      if (running !== own) return;
      problem.value = asMesError(failure);
    }
    loading.value = false;
  }

  function stop(): void {
    window.clearTimeout(timer);
    running?.abort();
    running = undefined;
  }

  function follow(wait: number): void {
    stop();
    const question = wanted.value;
    loading.value = question !== undefined;
    if (question === undefined) {
      answer.value = undefined;
      problem.value = undefined;
    } else timer = window.setTimeout(() => void run(question), wait);
  }

  watch(wanted, () => follow(SETTLES_MS));
  follow(0);
  useReturn(problem, () => follow(0));
  onScopeDispose(stop);
  return { answer, loading, problem, again: () => follow(0) };
}
