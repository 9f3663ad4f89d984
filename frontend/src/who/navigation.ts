// The pages that somebody may see, in the drawers that administrators put them in.
import type { MesApi } from "mes-compute";
import { computed, shallowRef, watch } from "vue";

import { get, type Names, type Schemas } from "../contract/api";
import { initialData } from "../contract/initialData";
import { language } from "../theme/preferences";
import { session } from "./session";

/** Undefined until the server has said. */
export const drawers = shallowRef<Schemas["Drawer"][] | undefined>(initialData.pages?.drawers);
const paths = computed(() => new Set(drawers.value?.flatMap((drawer) => drawer.pages.map((page) => page.path))));

let client: MesApi | undefined;

/** The name in the reader's language. */
export function named(names: Names): string {
  return names[language.value];
}

/** Where to begin. */
export function firstPath(): string {
  return drawers.value?.[0]?.pages[0]?.path ?? "/wip-overview";
}

/** Whether the server says that there is no such page for this reader. */
export function isUnlisted(path: string): boolean {
  return drawers.value !== undefined && !paths.value.has(path);
}

/** Asks again. What is known stays when that fails. */
export async function refreshNavigation(): Promise<void> {
  try {
    if (client) drawers.value = (await get(client, "/api/pages", {})).data.drawers;
  } catch {
    // The notice covers a server that can't be reached.
  }
}

/** Follows what the reader may see from now on: it is other pages for somebody else. */
export function followNavigation(api: MesApi): void {
  client = api;
  if (!drawers.value) void refreshNavigation();
  watch(
    () => [session.value?.user?.name, session.value?.role],
    () => void refreshNavigation(),
  );
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void refreshNavigation());
}
