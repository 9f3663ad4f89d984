// Pins views for everybody, and takes that back.
import { computed, ref } from "vue";
import type { Router } from "vue-router";

import { post } from "../contract/api";
import { shortened } from "../filters/shortAddress";
import { useCommand } from "../plant/useCommand";
import { i18n } from "../words/i18n";
import { lastPinned, refreshPinned, type View } from "./views";

export function usePinning(router: Router) {
  const command = useCommand();
  const refusal = ref<string>();
  const problem = computed({
    get: () => refusal.value ?? command.problem.value?.message,
    set: (text) => {
      refusal.value = text;
      if (text === undefined) command.problem.value = undefined;
    },
  });

  async function pin({ name, address }: View): Promise<boolean> {
    problem.value = undefined;
    // The server takes no choices behind `#`.
    const short = await shortened(router.resolve(address));
    if (!short) {
      problem.value = i18n.global.t("views.long");
      return false;
    }
    const body = { name, address: router.resolve(short).fullPath };
    const isPinned = await command.run((api) => post(api, "/admin/api/views", body));
    await refreshPinned();
    return isPinned;
  }

  async function unpin(view: View): Promise<boolean> {
    problem.value = undefined;
    const id = lastPinned.value.find(({ name }) => name === view.name)?.id;
    const isUnpinned = await command.run((api) => api.delete(`/admin/api/views/${encodeURIComponent(id ?? "")}`, undefined));
    await refreshPinned();
    return isUnpinned;
  }
  return { busy: command.busy, problem, pin, unpin };
}
