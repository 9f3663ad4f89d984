// The layout that is being edited: the server's, the draft, and how the two come together.
import type { MesApi } from "mes-compute";
import { computed, ref, shallowRef, watch } from "vue";

import { get, put } from "../../contract/api";
import { asMesError } from "../../plant/livePlant";
import { useCommand } from "../../plant/useCommand";
import { useReturn } from "../../plant/useReturn";
import { refreshNavigation } from "../../who/navigation";
import { keep, kept } from "./draft";
import { changesBetween, type ManagedDrawer, type ManagedLayout } from "./layout";

const PATH = "/admin/api/pages";

function copy(drawers: ManagedDrawer[]): ManagedDrawer[] {
  return JSON.parse(JSON.stringify(drawers)) as ManagedDrawer[];
}

export function useLayoutEditor() {
  /** The layout that the draft was made from. */
  const base = shallowRef<ManagedLayout>();
  const draft = ref<ManagedDrawer[]>([]);
  /** The layout that another administrator has saved since. */
  const theirs = shallowRef<ManagedLayout>();
  const { busy, problem, run } = useCommand();
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

  const fetched = async (api: MesApi) => (await get(api, PATH, {})).data;

  /** Restores what was not saved when the page was left, over the server's layout. */
  function resume(layout: ManagedLayout): void {
    const before = kept();
    take(layout);
    if (!before) return;
    draft.value = before.drawers;
    if (before.revision === layout.revision) return;
    base.value = { ...layout, revision: before.revision, drawers: before.base };
    theirs.value = layout;
  }

  const load = () => run(async (api) => resume(await fetched(api)));
  useReturn(problem, () => !base.value && void load());

  /** Saves the draft over `revision`; returns false after a failure or a conflict. */
  async function saveOver(revision: number): Promise<boolean> {
    let saved = false;
    await run(async (api) => {
      try {
        take((await put(api, PATH, { revision, drawers: draft.value })).data);
        saved = true;
      } catch (failure) {
        if (asMesError(failure).code !== "CONFLICT") throw failure;
        theirs.value = await fetched(api);
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
    /** Replaces what another administrator has saved. */
    overwrite: () => saveOver(theirs.value?.revision ?? 0),
    /** Replaces the draft by the newest known layout of the server. */
    discard: () => {
      const layout = theirs.value ?? base.value;
      if (layout) take(layout);
    },
  };
}
