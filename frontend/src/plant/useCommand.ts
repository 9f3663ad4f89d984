// A command to the server: whether it is under way, and why the last one failed.
import type { MesApi, MesError } from "mes-compute";
import { ref, shallowRef } from "vue";

import { asMesError, livePlant } from "./livePlant";

export function useCommand() {
  const busy = ref(false);
  const problem = shallowRef<MesError>();

  /** Returns whether it succeeded. */
  async function run(send: (api: MesApi) => Promise<unknown>): Promise<boolean> {
    busy.value = true;
    try {
      await send(await livePlant.client);
      problem.value = undefined;
    } catch (failure) {
      problem.value = asMesError(failure);
    } finally {
      busy.value = false;
    }
    return problem.value === undefined;
  }

  return { busy, problem, run };
}
