// Moves within the draft. Each is announced, and keeps the focus: a row that moves loses it.
import { nextTick, ref, type Ref } from "vue";
import { useI18n } from "vue-i18n";

import { named } from "../../who/navigation";
import { addDrawer, type ManagedDrawer, moveDrawer, movePage, movePageTo, placeOf, removeDrawer } from "./layout";

export function useDraftMoves(draft: Ref<ManagedDrawer[]>, root: () => HTMLElement | undefined) {
  const { t } = useI18n();
  /** For screen readers: what has just happened. */
  const said = ref("");

  async function apply(next: ManagedDrawer[], what: string, mark: string): Promise<void> {
    draft.value = next;
    said.value = what;
    await nextTick();
    root()
      ?.querySelector<HTMLElement>(`[data-mark="${CSS.escape(mark)}"]`)
      ?.focus();
  }

  function shiftDrawer(id: string, by: number): void {
    const next = moveDrawer(draft.value, id, by);
    const at = next.findIndex((drawer) => drawer.id === id);
    const what = t("layout.said.moved", { name: named(next[at]!.name), place: at + 1, count: next.length });
    void apply(next, what, `${by < 0 ? "up" : "down"} drawer ${id}`);
  }

  function shiftPage(path: string, by: number): void {
    const from = placeOf(draft.value, path);
    if (!from) return;
    const what = t("layout.said.moved", { name: named(from.page.name), place: from.place + by + 1, count: from.drawer.pages.length });
    void apply(movePage(draft.value, path, by), what, `${by < 0 ? "up" : "down"} page ${path}`);
  }

  function sendPage(path: string, id: string): void {
    const from = placeOf(draft.value, path);
    const to = draft.value.find((drawer) => drawer.id === id);
    if (!from || !to) return;
    const what = t("layout.said.movedTo", { name: named(from.page.name), drawer: named(to.name) });
    void apply(movePageTo(draft.value, path, id), what, `to ${path}`);
  }

  async function add(): Promise<void> {
    draft.value = addDrawer(draft.value, {
      "zh-TW": t("layout.newDrawer", 1, { locale: "zh-TW" }),
      en: t("layout.newDrawer", 1, { locale: "en" }),
    });
    said.value = t("layout.said.added", { place: draft.value.length });
    await nextTick();
    root()?.querySelector<HTMLInputElement>("[data-drawer]:last-of-type input")?.select();
  }

  function remove(drawer: ManagedDrawer): void {
    void apply(removeDrawer(draft.value, drawer.id), t("layout.said.removed", { name: named(drawer.name) }), "add");
  }

  return { said, shiftDrawer, shiftPage, sendPage, add, remove };
}
