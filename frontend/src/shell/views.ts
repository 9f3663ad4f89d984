// Named addresses of this site: a person's own, kept in this browser, and those that administrators pinned for everybody.
import type { MesApi } from "mes-compute";
import { computed, shallowRef, watch } from "vue";
import type { Router } from "vue-router";

import { get, type Schemas } from "../contract/api";
import { codes } from "../filters/choiceCodes";
import { CODE } from "../filters/urlState";
import { browserKept, type Kept } from "../theme/storage";
import { isUnlisted } from "../who/navigation";
import { isLockedOut, session } from "../who/session";

export interface View {
  name: string;
  /** Path, query, and a long query behind `#?`. */
  address: string;
}
export type Pinned = Schemas["PinnedView"];

export const MOST_NAME_CHARS = 80;
export const MOST_VIEWS = 100;
/** Browsers give a site 5 MB; characters take two bytes. */
const MOST_CHARS = 1_000_000;
const PINNED = "mes.views.pinned";

/** Why a view is not saved. */
export type Refusal = "taken" | "many" | "full";

/** Whether an address stays on this site. */
export function isInside(address: string): boolean {
  return /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(address);
}

function isView(value: unknown): value is View {
  const { name, address } = (value ?? {}) as Partial<Record<keyof View, unknown>>;
  return typeof name === "string" && name !== "" && typeof address === "string" && isInside(address);
}

/** What is kept under a key, without what is damaged. */
export function readViews<V extends View>(kept: Kept, key: string): V[] {
  try {
    const found: unknown = JSON.parse(kept.get(key) ?? "[]");
    return Array.isArray(found) ? found.filter((value): value is V => isView(value)) : [];
  } catch {
    return [];
  }
}

/** The views of one person, whose name `who` returns; undefined for a visitor. */
export function createOwnViews(kept: Kept, who: () => string | undefined) {
  const key = () => (who() === undefined ? "mes.views" : `mes.views.of.${who()}`);
  const list = shallowRef<readonly View[]>(readViews(kept, key()));

  function reload(): void {
    list.value = readViews(kept, key());
  }
  function write(next: readonly View[]): Refusal | undefined {
    const text = JSON.stringify(next);
    if (text.length > MOST_CHARS) return "full";
    kept.set(key(), text);
    list.value = next;
    return undefined;
  }
  /** What another tab saved meanwhile stays. */
  function change(to: (views: View[]) => Refusal | View[]): Refusal | undefined {
    const next = to(readViews(kept, key()));
    return typeof next === "string" ? next : write(next);
  }
  const has = (views: readonly View[], name: string) => views.some((view) => view.name === name);

  const add = (view: View) =>
    change((views) => {
      if (has(views, view.name)) return "taken";
      return views.length >= MOST_VIEWS ? "many" : [...views, view];
    });
  const rename = (from: string, to: string) =>
    change((views) => {
      if (from !== to && has(views, to)) return "taken";
      return views.map((view) => (view.name === from ? { ...view, name: to } : view));
    });
  const remove = (name: string) => change((views) => views.filter((view) => view.name !== name));
  return { list, reload, add, rename, remove };
}

export const ownViews = createOwnViews(browserKept, () => session.value?.user?.name);

/** As the server last said. */
export const lastPinned = shallowRef<readonly Pinned[]>(readViews<Pinned>(browserKept, PINNED));
/** Whether the last question for them was answered. */
export const isPinnedCurrent = shallowRef(true);
let client: MesApi | undefined;
const pages = shallowRef<Router>();

/** Whether this reader has the page of an address. */
function isOpenable({ address }: View): boolean {
  const page = pages.value?.resolve(address).meta.page;
  return page !== undefined && !(page.isListed && isUnlisted(page.listing ?? page.path));
}
export const pinnedViews = computed(() => (isLockedOut.value ? [] : lastPinned.value.filter(isOpenable)));

/** Asks again. What is known stays when that fails. */
export async function refreshPinned(): Promise<void> {
  if (!client || isLockedOut.value) return;
  try {
    const { views } = (await get(client, "/api/views", {})).data;
    lastPinned.value = views.filter(isView);
    browserKept.set(PINNED, JSON.stringify(views));
    isPinnedCurrent.value = true;
    // So that they open while the server is away.
    for (const { address } of lastPinned.value) void codes.load(new URLSearchParams(address.split("?")[1]).get(CODE) ?? "");
  } catch {
    isPinnedCurrent.value = false;
  }
}

/** Follows who is here and what is pinned from now on. */
export function followViews(api: MesApi, router: Router): void {
  client = api;
  pages.value = router;
  watch(
    () => session.value?.user?.name,
    () => {
      ownViews.reload();
      void refreshPinned();
    },
  );
  window.addEventListener("storage", ({ key }) => key?.startsWith("mes.views") && ownViews.reload());
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void refreshPinned());
  void refreshPinned();
}
