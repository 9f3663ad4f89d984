// @vitest-environment happy-dom
import type { Field } from "mes-compute";
import { expect, it } from "vitest";

import { takeFields } from "../contract/fields";
import { mountPart } from "../testing";
import { i18n } from "../words/i18n";
import ChangingText from "./ChangingText.vue";
import { fieldText, isNumber } from "./fieldText";
import FigureStrip from "./FigureStrip.vue";
import { ouLevel } from "./levels";
import LevelBadge from "./LevelBadge.vue";
import MeterBar from "./MeterBar.vue";
import { bringNews } from "./news";
import ShareList from "./ShareList.vue";
import StateStrip from "./StateStrip.vue";
import StateTag from "./StateTag.vue";
import TimeAgo from "./TimeAgo.vue";

const field = (api_key: string, semantic_type: Field["semantic_type"], unit = ""): Field => ({
  dataset: "d",
  api_key,
  label_zh: "",
  label_en: "",
  export_header: "",
  semantic_type,
  unit,
  format: "text",
});

it("shows a value as its field wants it", () => {
  takeFields({
    d: {
      qty: field("qty", "quantity"),
      wait: field("wait", "duration", "s"),
      at: field("at", "instant"),
      ou: field("ou", "percentage"),
      id: field("id", "identifier"),
      key: field("key", "flag"),
    },
  });
  const text = (key: string, value: string | number | null) => fieldText("d", key, value);
  expect([text("qty", 12345), text("wait", 97_500), text("at", "2026-11-20T08:00:05"), text("ou", 80), text("id", "007")]).toEqual([
    "12,345",
    "27 h 05 min",
    "2026-11-20 08:00",
    "80.0%",
    "007",
  ]);
  i18n.global.locale.value = "en";
  expect([text("key", 1), text("key", 0), text("key", null)]).toEqual(["Yes", "No", "No"]);
  expect([text("qty", null), text("unknown", 3), isNumber("d", "qty"), isNumber("d", "id")]).toEqual(["–", "3", true, false]);
});

it("chooses a figure, and takes the choice back", async () => {
  const figures = [
    { key: "run", label: "Run", value: "12", unit: "lots", detail: "3K pcs", letter: "R", share: 0.5 },
    { key: "hold", label: "Hold", value: "1" },
  ];
  const strip = await mountPart(FigureStrip, { props: { label: "Figures", figures, chosen: "hold" } });
  const buttons = strip.findAll("button");
  expect(buttons.map((button) => button.attributes("aria-pressed"))).toEqual(["false", "true"]);
  await buttons[0]!.trigger("click");
  await buttons[1]!.trigger("click");
  expect(strip.emitted("update:chosen")).toEqual([["run"], [null]]);
  await strip.setProps({ chosen: undefined });
  expect(strip.findAll("button")).toHaveLength(0);
});

it("shows states by code and name", async () => {
  const states = [{ code: "PRD", share: 3, value: "3" }];
  const strip = await mountPart(StateStrip, { props: { label: "States", figures: [], states }, slots: { default: "5 machines" } });
  expect(strip.text()).toContain("PRD");
  expect(strip.text()).toContain("5 machines");
  const tag = await mountPart(StateTag, { props: { code: null, reason: "PM" } });
  expect(tag.text()).toBe("– PM");
  await tag.setProps({ code: "PM", column: "UDT" });
  expect(tag.get("b").attributes("style")).toContain("--udt");
  expect(tag.text()).toBe("PM UDT PM");
  await tag.setProps({ code: "UDT", column: "UDT", reason: null });
  expect(tag.text()).toBe("UDT");
});

it("grades OU %", async () => {
  expect([null, 0, 50, 80].map(ouLevel)).toEqual(["none", "low", "medium", "high"]);
  const badge = await mountPart(LevelBadge, { props: { level: "high", text: "85.0%" } });
  expect(badge.attributes("data-level")).toBe("high");
});

it("measures what is in use, without a capacity too", async () => {
  const meter = await mountPart(MeterBar, { props: { label: "In use", value: 19, most: 20 } });
  expect(meter.attributes()).toMatchObject({ "aria-label": "In use", "aria-valuenow": "19", "aria-valuemax": "20" });
  expect(meter.get("i").attributes("style")).toContain("scaleX(0.95)");
  await meter.setProps({ value: 0, most: 0 });
  expect(meter.get("i").attributes("style")).toContain("scaleX(0)");
});

it("lists shares and ages", async () => {
  const list = await mountPart(ShareList, { props: { title: "By age", rows: [{ name: "<b>", value: "3", pct: 12.34 }] } });
  expect(list.text()).toContain("<b>3" + "12.3%");
  const ago = await mountPart(TimeAgo, { props: { at: Date.now() - 120_000 } });
  expect(ago.text()).toBe("2 min. ago");
  await ago.setProps({ at: null });
  expect(ago.text()).toBe("–");
});

it("glows when new data changes a text, not when it first appears or a person's choice changes it", async () => {
  const text = await mountPart(ChangingText, { props: { text: "1" } });
  const turns = [text.attributes("data-turn")];
  for (const next of ["2", "2", "3", "4"]) {
    const drawn = text.setProps({ text: next });
    bringNews();
    await drawn;
    turns.push(text.attributes("data-turn"));
  }
  await text.setProps({ text: "5" });
  turns.push(text.attributes("data-turn"));
  expect(turns).toEqual([undefined, "1", "1", "2", "1", "1"]);
});
