// Entries that the server returns newest first, page by page. A new question cancels the one before.
import type { MesApi, MesError } from "mes-compute";
import { onScopeDispose, ref, shallowRef } from "vue";

import { asMesError, livePlant } from "./livePlant";
import { useReturn } from "./useReturn";

export interface EntryPage<Entry> {
  entries: Entry[];
  /** Where the next page begins; null after the last one. */
  next_before: number | null;
}

/** Asks for the newest page at once; `before` is undefined for that one. */
export function useEntries<Entry, Rest = object>(
  ask: (api: MesApi, before: number | undefined, signal: AbortSignal) => Promise<EntryPage<Entry> & Rest>,
) {
  const entries = shallowRef<readonly Entry[]>([]);
  /** What came with the entries; undefined until there was a first page. */
  const page = shallowRef<EntryPage<Entry> & Rest>();
  const problem = shallowRef<MesError>();
  const loading = ref(false);
  let running: AbortController | undefined;

  async function load(before?: number): Promise<void> {
    running?.abort();
    const own = new AbortController();
    running = own;
    loading.value = true;
    try {
      const found = await ask(await livePlant.client, before, own.signal);
      if (running !== own) return;
      page.value = found;
      entries.value = before === undefined ? found.entries : [...entries.value, ...found.entries];
      problem.value = undefined;
    } catch (failure) {
      if (running !== own) return;
      problem.value = asMesError(failure);
    }
    loading.value = false;
  }

  useReturn(problem, () => void load());
  onScopeDispose(() => running?.abort());
  void load();
  return { entries, page, problem, loading, reload: () => load(), loadOlder: () => load(page.value?.next_before ?? undefined) };
}
