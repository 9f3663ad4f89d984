// @vitest-environment happy-dom
import { flushPromises } from "@vue/test-utils";
import { expect, it } from "vitest";

import { mountPart } from "../testing";
import { useShortcuts } from "./useShortcuts";

const open = () => mountPart({ setup: useShortcuts, template: '<main><input id="search"></main><select id="choice"></select>' } as never);
function press(key: string, from: EventTarget = document.body): boolean {
  return !from.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}

it("leads to the search by a slash, which lists and fields keep", async () => {
  const page = await open();
  for (const place of ["#choice", "#search"]) expect(press("/", page.get(place).element)).toBe(false);
  expect(document.activeElement?.id).not.toBe("search");
  expect(press("/")).toBe(true);
  expect(document.activeElement?.id).toBe("search");
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
