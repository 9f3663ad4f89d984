// The layout that is being edited: what the server has, the draft, and how the two come together.
import type { MesError } from "mes-compute";
import { computed, ref, shallowRef, watch } from "vue";

import { asMesError, livePlant } from "../../plant/livePlant";
import { refreshNavigation } from "../../who/navigation";
import { keep, kept } from "./draft";
import { changesBetween, type ManagedDrawer, type ManagedLayout } from "./layout";

const PATH = "/admin/api/pages";

function copy(drawers: ManagedDrawer[]): ManagedDrawer[] {
  return JSON.parse(JSON.stringify(drawers)) as ManagedDrawer[];
}

export function useLayoutEditor() {
  /** What the draft was made from. */
  const base = shallowRef<ManagedLayout>();
  const draft = ref<ManagedDrawer[]>([]);
  /** What somebody else has saved since. */
  const theirs = shallowRef<ManagedLayout>();
  const problem = shallowRef<MesError>();
  const busy = ref(false);
  const mine = computed(() => (base.value ? changesBetween(base.value.drawers, draft.value) : []));
  const others = computed(() => (base.value && theirs.value ? changesBetween(base.value.drawers, theirs.value.drawers) : []));

  /** Takes the server's layout and drops the draft. */
  function take(layout: ManagedLayout): void {
    base.value = layout;
    draft.value = copy(layout.drawers);
    theirs.value = undefined;
    problem.value = undefined;
    keep(undefined);
  }

  async function fetched(): Promise<ManagedLayout> {
    const api = await livePlant.client;
    return ((await api.get(PATH, undefined)) as { data: ManagedLayout }).data;
  }

  /** Takes up what was not saved when the page was left, over what the server has now. */
  function resume(layout: ManagedLayout): void {
    const before = kept();
    take(layout);
    if (!before) return;
    draft.value = before.drawers;
    if (before.revision === layout.revision) return;
    base.value = { ...layout, revision: before.revision, drawers: before.base };
    theirs.value = layout;
  }

  async function attempt(run: () => Promise<void>): Promise<boolean> {
    busy.value = true;
    try {
      await run();
      problem.value = undefined;
      return true;
    } catch (failure) {
      problem.value = asMesError(failure);
      return false;
    } finally {
      busy.value = false;
    }
  }

  const load = (): Promise<boolean> => attempt(async () => resume(await fetched()));

  /** Saves the draft over `revision`; false when that failed, or somebody else was quicker. */
  async function saveOver(revision: number): Promise<boolean> {
    let saved = false;
    await attempt(async () => {
      const api = await livePlant.client;
      try {
        take(((await api.put(PATH, { revision, drawers: draft.value }, undefined)) as { data: ManagedLayout }).data);
        saved = true;
      } catch (failure) {
        if (asMesError(failure).code !== "CONFLICT") throw failure;
        theirs.value = await fetched();
      }
    });
    if (saved) await refreshNavigation();
    return saved;
  }

  watch(
    [draft, base],
    () =>
      keep(
        base.value && mine.value.length > 0 ? { revision: base.value.revision, base: base.value.drawers, drawers: draft.value } : undefined,
      ),
    { deep: true },
  );

  return {
    base,
    draft,
    theirs,
    problem,
    busy,
    mine,
    others,
    load,
    save: () => saveOver(base.value?.revision ?? 0),
    /** Deliberately, over what somebody else has saved. */
    overwrite: () => saveOver(theirs.value?.revision ?? 0),
    /** Drops the draft for what the server has, as far as that is known. */
    discard: () => {
      const layout = theirs.value ?? base.value;
      if (layout) take(layout);
    },
  };
}
