// @vitest-environment happy-dom
import { flushPromises } from "@vue/test-utils";
import { expect, it, vi } from "vitest";
import { defineComponent, h } from "vue";

import { mountPart } from "../testing";
import ChartCard from "./ChartCard.vue";

vi.mock("./ChartFrame.vue", () => ({
  __esModule: true,
  default: defineComponent({
    props: { marks: { type: Number, required: true } },
    emits: ["choose", "point"],
    setup:
      ({ marks }, { emit }) =>
      () =>
        h("button", { class: "chart", onClick: () => emit("choose", 1), onFocus: () => emit("point", marks - 1) }),
  }),
}));

it("chooses keys and has its data as a table", async () => {
  const table = {
    head: ["Reason", "Pieces"],
    rows: [
      ["<b>", 3],
      ["scratch", null],
    ],
  };
  const card = await mountPart(ChartCard, {
    props: { title: "Holds", label: "Holds by reason", option: {}, keys: ["<b>", "scratch"], table },
  });
  expect(card.get("section").attributes("aria-busy"), "the code of charts is loading").toBe("true");
  await vi.waitFor(() => card.get(".chart"));
  expect(card.get("section").attributes("aria-busy")).toBeUndefined();
  await flushPromises();
  await card.get(".chart").trigger("click");
  expect(card.emitted("choose")).toEqual([["scratch"]]);
  await card.get(".chart").trigger("focus");
  expect(card.findAll("[role=status]").map((status) => status.text())).toContain("scratch");
  expect(card.findAll("td").map((cell) => cell.text())).toEqual(["<b>", "3", "scratch", "–"]);
  await card.setProps({ note: "No holds" });
  expect(card.text()).toContain("No holds");
});
