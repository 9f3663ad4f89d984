// @vitest-environment happy-dom
import type { MesError } from "mes-compute";
import { expect, it, vi } from "vitest";
import { h, nextTick } from "vue";

import { mountPart } from "../testing";
import CardPanel from "./CardPanel.vue";
import ConfirmDialog from "./ConfirmDialog.vue";
import FactList from "./FactList.vue";
import FailureBoundary from "./FailureBoundary.vue";
import ModalFrame from "./ModalFrame.vue";
import PageFrame from "./PageFrame.vue";
import SidePanel from "./SidePanel.vue";
import ToggleSwitch from "./ToggleSwitch.vue";

const problem = (code: string, status?: number) => Object.assign(new Error("no answer"), { code, status }) as MesError;
const slots = { filters: "FILTERS", default: "CONTENT", below: "BELOW", formula: "A / B" };

it("distinguishes loading, failed, refused, empty and stale", async () => {
  const page = await mountPart(PageFrame, { props: { title: "Lots", ready: false, loading: "lots" }, slots });
  expect(page.get("[role=status]").text()).toBe("Loading lots…");
  expect(page.text()).toContain("FILTERS");
  expect(page.text()).not.toContain("CONTENT");

  await page.setProps({ problem: problem("TIMEOUT") });
  expect(page.get("[role=alert]").text()).toContain("no answer");
  await page.get("[role=alert] button").trigger("click");
  expect(page.emitted("retry")).toHaveLength(1);

  await page.setProps({ ready: true });
  expect(page.get("[role=alert]").text()).toContain("The last good data stays");
  expect(page.text()).toContain("CONTENT");

  await page.setProps({ problem: problem("FORBIDDEN", 403) });
  expect(page.get("a").attributes("href")).toContain("/admin/login?next=");
  expect(page.text()).not.toContain("CONTENT");

  await page.setProps({ problem: undefined, nothing: { blame: { key: "package", label: "Package", removed: 1200 } } });
  expect(page.get(".empty").text()).toContain("Package alone removes 1,200");
  await page.get(".empty button").trigger("click");
  expect(page.emitted("relax")).toEqual([["package"]]);
  await page.setProps({ nothing: {} });
  await page.get(".empty button").trigger("click");
  expect(page.emitted("clear")).toHaveLength(1);
});

it("shows a note in place of the content of a card", async () => {
  const card = await mountPart(CardPanel, { props: { title: "Lots", hint: "12", note: "No lots" }, slots: { default: "CONTENT" } });
  expect(card.get("section").attributes("aria-labelledby")).toBe(card.get("h2").attributes("id"));
  expect(card.text()).toContain("No lots");
  expect(card.text()).not.toContain("CONTENT");
});

it("keeps a failure inside its boundary, until it is tried again", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  let broken = true;
  const Part = () => {
    if (broken) throw new Error("boom");
    return h("p", "CONTENT");
  };
  const boundary = await mountPart(FailureBoundary, { slots: { default: () => h(Part) } });
  await nextTick();
  expect(boundary.get("[role=alert]").text()).toContain("boom");
  broken = false;
  await boundary.get("button").trigger("click");
  expect(boundary.text()).toBe("CONTENT");
});

it("opens a side panel with a title and closes it", async () => {
  const panel = await mountPart(SidePanel, { props: { open: true, title: "TMTT", subtitle: "12 lots" }, slots: { default: "CONTENT" } });
  await nextTick();
  const dialog = document.querySelector("[role=dialog]")!;
  expect(dialog.textContent).toBe("TMTT12 lotsClose");
  await vi.waitFor(() => expect(dialog.textContent).toContain("CONTENT"));
  dialog.querySelector("button")!.click();
  await nextTick();
  expect(panel.emitted("close")).toHaveLength(1);
  panel.unmount();
});

it("is named and described over a shade that closes it and keeps the page below still", async () => {
  const dialog = await mountPart(ModalFrame, { props: { open: true, title: "Restart", text: "A new worker takes over." } });
  await nextTick();
  const element = document.querySelector("[role=dialog]")!;
  const textOf = (attribute: string) => document.getElementById(element.getAttribute(attribute)!)!.textContent;
  expect([textOf("aria-labelledby"), textOf("aria-describedby")]).toEqual(["Restart", "A new worker takes over."]);
  const shade = document.querySelector<HTMLElement>(".shade")!;
  expect(shade.dispatchEvent(new Event("wheel", { cancelable: true }))).toBe(false);
  shade.click();
  expect(dialog.emitted("close")).toHaveLength(1);
  dialog.unmount();
});

it("keeps the focus inside of a dialog, closes it by Esc and gives the focus back", async () => {
  const outside = document.body.appendChild(document.createElement("button"));
  outside.focus();
  const panel = await mountPart(SidePanel, { props: { open: true, title: "TMTT" }, slots: { default: "<button id='last'>More</button>" } });
  const last = await vi.waitUntil(() => document.getElementById("last"));
  const [first] = document.querySelectorAll<HTMLElement>("[role=dialog] button");
  const press = (key: string, shiftKey = false) =>
    document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true, cancelable: true }));
  expect(document.activeElement).toBe(first);
  press("Tab", true);
  expect(document.activeElement).toBe(last);
  press("Tab");
  expect(document.activeElement).toBe(first);
  first!.blur();
  press("Tab");
  expect(document.activeElement).toBe(first);
  press("Escape");
  expect(panel.emitted("close")).toHaveLength(1);
  await panel.setProps({ open: false });
  expect(document.activeElement).toBe(outside);
  press("Escape");
  expect(panel.emitted("close")).toHaveLength(1);
  panel.unmount();
  outside.remove();
});

it("confirms with a reason only", async () => {
  const dialog = await mountPart(ConfirmDialog, {
    props: { open: true, title: "Restart", consequence: "…", busy: false, problem: undefined },
  });
  await nextTick();
  const confirm = document.querySelector<HTMLButtonElement>(".ask .primary")!;
  expect(confirm.disabled).toBe(true);
  const input = document.querySelector<HTMLInputElement>(".ask input")!;
  input.value = " stuck ";
  input.dispatchEvent(new Event("input"));
  await nextTick();
  expect(confirm.disabled).toBe(false);
  document.querySelector("form")!.dispatchEvent(new Event("submit"));
  expect(dialog.emitted("confirm")).toEqual([["stuck"]]);
  dialog.unmount();
});

it("shows a dash for a fact that is missing", async () => {
  const facts = await mountPart(FactList, {
    props: {
      title: "Job",
      facts: [
        ["Cause", null],
        ["Order", "0012"],
      ],
    },
  });
  expect(facts.findAll("dd").map((fact) => fact.text())).toEqual(["–", "0012"]);
  const comment = "A comment that takes more than one line. ".repeat(3);
  await facts.setProps({
    facts: [
      ["Order", "0012"],
      ["Comment", comment],
    ],
  });
  expect(
    facts.findAll("dl > div").map((fact) => fact.classes()),
    "a long text has a line of its own",
  ).toEqual([[], ["long"]]);
});

it("leads from a fact to what it names, where there is a page of it", async () => {
  const links = [{ text: "M 1", to: "/equipment/M%201" }, { text: "M2" }];
  const facts = await mountPart(FactList, { props: { facts: [["Machines", links]] } });
  expect(facts.get("dd").text()).toBe("M 1, M2");
  expect(facts.findAll("a").map((link) => link.attributes("href"))).toEqual(["/equipment/M%201"]);
});

it("switches", async () => {
  const toggle = await mountPart(ToggleSwitch, { props: { modelValue: false }, slots: { default: "Released" } });
  await toggle.get("[role=switch]").setValue(true);
  expect([toggle.text(), toggle.emitted("update:modelValue")]).toEqual(["Released", [[true]]]);
});
