// @vitest-environment happy-dom
import { flushPromises } from "@vue/test-utils";
import { expect, it, vi } from "vitest";
import { nextTick } from "vue";

import { mountPart } from "../testing";
import { drawers } from "../who/navigation";
import GlobalSearch from "./GlobalSearch.vue";
import { searched } from "./searchState";

vi.mock("../plant/useStores", () => ({ useLots: () => ({ value: undefined }), useMachines: () => ({ value: undefined }) }));
const page = (path: string, en: string) => ({ path, name: { en, "zh-TW": en }, state: "released", role: "viewer" }) as const;

it("is a combobox whose hits the arrows choose and Enter opens; Esc closes it and nothing else", async () => {
  drawers.value = [
    { id: "d", name: { en: "D", "zh-TW": "D" }, pages: [page("/wip-overview", "WIP overview"), page("/resource", "Equipment")] },
  ];
  const bar = await mountPart(GlobalSearch);
  await bar.get("button").trigger("click");
  const input = document.querySelector<HTMLInputElement>("[role=dialog] [role=combobox]")!;
  expect(document.activeElement).toBe(input);
  const chosen = () => document.querySelector("[role=option][aria-selected=true]")!;
  expect(chosen().textContent).toContain("WIP overview");
  const press = async (key: string) => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    input.dispatchEvent(event);
    await nextTick();
    return event.defaultPrevented;
  };
  await press("ArrowDown");
  await press("ArrowDown");
  expect(chosen().textContent).toContain("Equipment");
  expect(input.getAttribute("aria-activedescendant")).toBe(chosen().id);
  await press("Enter");
  await flushPromises();
  expect([bar.router.currentRoute.value.path, searched.value]).toEqual(["/resource", undefined]);

  searched.value = "<b>";
  await nextTick();
  expect(document.querySelector("[role=dialog]")!.textContent).toContain("Nothing contains “<b>”");
  const field = document.querySelector("[role=dialog] input")!;
  const escape = new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true });
  field.dispatchEvent(escape);
  await nextTick();
  expect([escape.defaultPrevented, searched.value, document.querySelector("[role=dialog]")]).toEqual([true, undefined, null]);
  bar.unmount();
});
