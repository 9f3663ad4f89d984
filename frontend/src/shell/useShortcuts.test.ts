// @vitest-environment happy-dom
import { flushPromises } from "@vue/test-utils";
import { expect, it } from "vitest";

import { mountPart } from "../testing";
import { singleKeys } from "../theme/preferences";
import { isHelpOpen } from "./helpState";
import { kiosk } from "./kiosk";
import { searched } from "./searchState";
import { useShortcuts } from "./useShortcuts";

const PAGE = `<main><input id="search"><textarea id="note"></textarea></main><select id="choice"></select>
  <section role="dialog"><button id="panel"></button></section>`;
const open = () => mountPart({ setup: useShortcuts, template: PAGE } as never);
function press(key: string, from: EventTarget = document.body, modifier: KeyboardEventInit = {}): boolean {
  return !from.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...modifier }));
}

it("opens the search by a slash, which lists, fields and dialogs keep", async () => {
  const page = await open();
  for (const place of ["#choice", "#search", "#panel", "#note"]) expect(press("/", page.get(place).element)).toBe(false);
  expect(searched.value).toBeUndefined();
  expect(press("/")).toBe(true);
  expect(searched.value).toBe("");
  searched.value = undefined;
  page.unmount();
});

it("opens the search by Ctrl+K, also from a field", async () => {
  const page = await open();
  for (const modifier of [{ ctrlKey: true }, { metaKey: true }]) {
    expect(press("k", page.get("#search").element, modifier)).toBe(true);
    expect(searched.value).toBe("");
    searched.value = undefined;
  }
  for (const modifier of [{}, { ctrlKey: true, shiftKey: true }, { ctrlKey: true, altKey: true }]) press("k", document.body, modifier);
  expect(searched.value).toBeUndefined();
  page.unmount();
});

it("opens the lot that is scanned", async () => {
  const page = await open();
  for (const key of "GA261100009") press(key);
  press("Enter");
  await flushPromises();
  expect(page.router.currentRoute.value.query).toEqual({ lotid: "GA261100009" });
  page.unmount();
});

it("opens the help by a question mark; keys of one letter can be switched off, Ctrl+K and scanners stay", async () => {
  const page = await open();
  expect(press("?", page.get("#search").element)).toBe(false);
  expect(press("?")).toBe(true);
  expect(isHelpOpen.value).toBe(true);
  isHelpOpen.value = false;
  singleKeys.value = "off";
  for (const key of ["?", "/"]) {
    press("x", page.get("#search").element);
    expect(press(key), key).toBe(false);
  }
  expect([isHelpOpen.value, searched.value]).toEqual([false, undefined]);
  expect(press("k", document.body, { ctrlKey: true })).toBe(true);
  expect(searched.value).toBe("");
  searched.value = undefined;
  for (const key of "GA261100009") press(key);
  press("Enter");
  await flushPromises();
  expect(page.router.currentRoute.value.query).toEqual({ lotid: "GA261100009" });
  singleKeys.value = "on";
  page.unmount();
});

it("does nothing while a kiosk runs", async () => {
  const page = await open();
  kiosk.value = { seconds: 60, pages: [], query: {} };
  press("/");
  press("k", document.body, { ctrlKey: true });
  expect(searched.value).toBeUndefined();
  kiosk.value = undefined;
  page.unmount();
});
