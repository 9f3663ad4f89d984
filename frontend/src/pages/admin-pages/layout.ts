// Editing the layout of pages: moves as pure functions, and the differences between two layouts.
import type { Names, Role, Schemas } from "../../contract/api";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

export type ManagedPage = Schemas["ManagedPage"];
export type ManagedDrawer = Schemas["ManagedDrawer"];
export type ManagedLayout = Schemas["ManagedPages"];

export type Change =
  | { kind: "drawerAdded" | "drawerRemoved" | "pagesReordered"; name: Names }
  | { kind: "drawerRenamed"; from: Names; to: Names }
  | { kind: "drawersReordered" }
  | { kind: "pageMoved" | "pageRenamed"; path: string; from: Names; to: Names }
  | { kind: "pageState"; path: string; state: Schemas["PageState"] }
  | { kind: "pageRole"; path: string; role: Role };

/** The list with the entry at `at` moved by `by` places; the same list when there is no such place. */
function moved<T>(list: T[], at: number, by: number): T[] {
  const to = at + by;
  if (at < 0 || to < 0 || to >= list.length) return list;
  const next = [...list];
  next.splice(to, 0, ...next.splice(at, 1));
  return next;
}

export function placeOf(drawers: ManagedDrawer[], path: string): { page: ManagedPage; drawer: ManagedDrawer; place: number } | undefined {
  for (const drawer of drawers) {
    const place = drawer.pages.findIndex((page) => page.path === path);
    if (place >= 0) return { page: drawer.pages[place]!, drawer, place };
  }
  return undefined;
}

export function moveDrawer(drawers: ManagedDrawer[], id: string, by: number): ManagedDrawer[] {
  return moved(
    drawers,
    drawers.findIndex((drawer) => drawer.id === id),
    by,
  );
}

/** Moves a page within its drawer. */
export function movePage(drawers: ManagedDrawer[], path: string, by: number): ManagedDrawer[] {
  return drawers.map((drawer) => {
    const pages = moved(
      drawer.pages,
      drawer.pages.findIndex((page) => page.path === path),
      by,
    );
    return pages === drawer.pages ? drawer : { ...drawer, pages };
  });
}

/** Puts a page at the end of another drawer. */
export function movePageTo(drawers: ManagedDrawer[], path: string, id: string): ManagedDrawer[] {
  const page = placeOf(drawers, path)?.page;
  if (!page || !drawers.some((drawer) => drawer.id === id)) return drawers;
  return drawers.map((drawer) => {
    const others = drawer.pages.filter((known) => known.path !== path);
    return { ...drawer, pages: drawer.id === id ? [...others, page] : others };
  });
}

/** Adds an empty drawer at the end; its id is the first that is free. */
export function addDrawer(drawers: ManagedDrawer[], name: Names): ManagedDrawer[] {
  let number = drawers.length + 1;
  while (drawers.some((drawer) => drawer.id === `drawer-${number}`)) number += 1;
  return [...drawers, { id: `drawer-${number}`, name, pages: [] }];
}

/** Removes a drawer that has no pages. */
export function removeDrawer(drawers: ManagedDrawer[], id: string): ManagedDrawer[] {
  return drawers.filter((drawer) => drawer.id !== id || drawer.pages.length > 0);
}

function isSame(one: Names, other: Names): boolean {
  return one.en === other.en && one["zh-TW"] === other["zh-TW"];
}

/** Whether those that are in both lists stand in another order. */
function isReordered(before: string[], after: string[]): boolean {
  const stayed = after.filter((item) => before.includes(item));
  return before.filter((item) => after.includes(item)).some((item, place) => item !== stayed[place]);
}

/** The changes that make `after` of `before`. */
export function changesBetween(before: ManagedDrawer[], after: ManagedDrawer[]): Change[] {
  const changes: Change[] = [];
  const old = new Map(before.map((drawer) => [drawer.id, drawer]));
  for (const drawer of after) {
    const was = old.get(drawer.id);
    if (!was) changes.push({ kind: "drawerAdded", name: drawer.name });
    else if (!isSame(was.name, drawer.name)) changes.push({ kind: "drawerRenamed", from: was.name, to: drawer.name });
  }
  for (const drawer of before)
    if (!after.some((other) => other.id === drawer.id)) changes.push({ kind: "drawerRemoved", name: drawer.name });
  if (
    isReordered(
      before.map((drawer) => drawer.id),
      after.map((drawer) => drawer.id),
    )
  )
    changes.push({ kind: "drawersReordered" });
  for (const drawer of after) {
    for (const page of drawer.pages) {
      const { path } = page;
      const found = placeOf(before, path);
      if (!found) continue;
      const { page: was, drawer: from } = found;
      if (from.id !== drawer.id) changes.push({ kind: "pageMoved", path, from: from.name, to: drawer.name });
      if (!isSame(was.name, page.name)) changes.push({ kind: "pageRenamed", path, from: was.name, to: page.name });
      if (was.state !== page.state) changes.push({ kind: "pageState", path, state: page.state });
      if (was.role !== page.role) changes.push({ kind: "pageRole", path, role: page.role });
    }
    const was = old.get(drawer.id)?.pages.map((page) => page.path) ?? [];
    if (
      isReordered(
        was,
        drawer.pages.map((page) => page.path),
      )
    )
      changes.push({ kind: "pagesReordered", name: drawer.name });
  }
  return changes;
}

const both = (names: Names) => `${names["zh-TW"]} / ${names.en}`;

/** A change as a sentence. */
export function changeText(change: Change): string {
  const key = `layout.change.${change.kind}`;
  switch (change.kind) {
    case "drawerAdded":
    case "drawerRemoved":
    case "pagesReordered":
      return t(key, { name: both(change.name) });
    case "drawerRenamed":
      return t(key, { from: both(change.from), to: both(change.to) });
    case "drawersReordered":
      return t(key);
    case "pageMoved":
    case "pageRenamed":
      return t(key, { path: change.path, from: both(change.from), to: both(change.to) });
    case "pageState":
      return t(key, { path: change.path, state: t(`layout.states.${change.state}`) });
    case "pageRole":
      return t(key, { path: change.path, role: t(`session.roles.${change.role}`) });
  }
}
