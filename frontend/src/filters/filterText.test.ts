// @vitest-environment happy-dom
import { mount } from "@vue/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import FilterText from "./FilterText.vue";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function pasted(text: string): { event: ClipboardEvent; told: unknown } {
  const field = mount(FilterText, { props: { label: "Lot ID", modelValue: "" } });
  const event = new ClipboardEvent("paste", { cancelable: true });
  Object.defineProperty(event, "clipboardData", { value: { getData: () => text } });
  field.get("input").element.dispatchEvent(event);
  vi.advanceTimersByTime(300);
  return { event, told: field.emitted("update:modelValue")?.at(-1) };
}

it("makes a list of cells pasted from a spreadsheet", () => {
  const { event, told } = pasted("GA2611001-A00\r\nGA2611002-A00\r\n\r\n ,x\t1\n");
  expect(event.defaultPrevented).toBe(true);
  expect(told).toEqual(["GA2611001-A00, GA2611002-A00,  ,x, 1"]);
});

it("leaves one text to the browser", () => {
  expect(pasted("GA2611001-A00\r\n").event.defaultPrevented).toBe(false);
});
