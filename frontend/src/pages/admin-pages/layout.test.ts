// @vitest-environment happy-dom
import { beforeAll, describe, expect, it } from "vitest";

import { language } from "../../theme/preferences";
import { addWords } from "../../words/i18n";
import { addDrawer, changesBetween, changeText, type ManagedDrawer, moveDrawer, movePage, movePageTo, removeDrawer } from "./layout";
import * as words from "./words";

beforeAll(() => {
  language.value = "en";
  addWords("layout", words);
});

const names = (text: string) => ({ "zh-TW": text, en: text });
const page = (path: string) =>
  ({ path, name: names(path), state: "released", role: "viewer", least_role: "viewer", fixed: false }) as const;
const drawer = (id: string, ...paths: string[]): ManagedDrawer => ({ id, name: names(id), pages: paths.map(page) });
const layout = (): ManagedDrawer[] => [drawer("one", "/a", "/b"), drawer("two", "/c"), drawer("three")];
const shape = (drawers: ManagedDrawer[]) => drawers.map((each) => `${each.id}: ${each.pages.map((known) => known.path).join(" ")}`);

describe("moves", () => {
  it("stay within the list", () => {
    expect(shape(moveDrawer(layout(), "two", -1))).toEqual(["two: /c", "one: /a /b", "three: "]);
    expect(shape(moveDrawer(layout(), "one", -1))).toEqual(shape(layout()));
    expect(shape(movePage(layout(), "/a", 1))[0]).toBe("one: /b /a");
    expect(shape(movePage(layout(), "/b", 1))).toEqual(shape(layout()));
  });
  it("take a page to the end of another drawer", () => {
    expect(shape(movePageTo(layout(), "/a", "two"))).toEqual(["one: /b", "two: /c /a", "three: "]);
    expect(movePageTo(layout(), "/a", "nowhere")).toEqual(layout());
  });
  it("never lose a page with its drawer", () => {
    expect(shape(removeDrawer(layout(), "three"))).toHaveLength(2);
    expect(removeDrawer(layout(), "one")).toEqual(layout());
  });
  it("give a new drawer a free id", () => {
    const twice = addDrawer(addDrawer(layout(), names("x")), names("y"));
    expect(new Set(twice.map((each) => each.id)).size).toBe(5);
  });
});

describe("changes", () => {
  it("are none between equal layouts", () => {
    expect(changesBetween(layout(), layout())).toEqual([]);
  });
  it("tell every kind once", () => {
    let after = moveDrawer(movePageTo(movePage(layout(), "/a", 1), "/c", "one"), "three", -2);
    after = removeDrawer(addDrawer(after, names("new")), "two");
    after = after.map((each) => ({
      ...each,
      name: each.id === "one" ? { ...each.name, en: "uno" } : each.name,
      pages: each.pages.map((known) => (known.path === "/c" ? { ...known, name: names("c"), state: "dev", role: "admin" } : known)),
    }));
    expect(
      changesBetween(layout(), after)
        .map((change) => change.kind)
        .sort(),
    ).toEqual(
      [
        "drawerAdded",
        "drawerRemoved",
        "drawerRenamed",
        "drawersReordered",
        "pageMoved",
        "pageRenamed",
        "pageRole",
        "pageState",
        "pagesReordered",
      ].sort(),
    );
  });
  it("are sentences with the names in both languages", () => {
    const renamed = layout().map((each) => (each.id === "one" ? { ...each, name: { "zh-TW": "一", en: "uno" } } : each));
    expect(changesBetween(layout(), moveDrawer(renamed, "three", -1)).map(changeText)).toEqual([
      "Drawer one / one renamed 一 / uno",
      "Drawers in another order",
    ]);
  });
});
