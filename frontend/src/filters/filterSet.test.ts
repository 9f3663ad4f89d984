// @vitest-environment happy-dom
import { flushPromises } from "@vue/test-utils";
import type { Explanation, LotFilter } from "mes-compute";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { defineComponent, h, ref } from "vue";

import AddressNote from "../panel/AddressNote.vue";
import { mountPart } from "../testing";
import { lotChoices } from "./choices";
import FilterBar from "./FilterBar.vue";
import { choiceFilter, daysFilter, filterSet, flagFilter, manyFilter, textFilter, toggleFilter, viewText } from "./filterSet";
import { useFilters } from "./useFilters";

vi.mock("../plant/plantDay", () => ({ plantDay: { value: "2026-11-20", __v_isRef: true } }));

const set = filterSet<LotFilter>()(
  {
    workorder: textFilter({ url: "workorder", core: "workorder", label: () => "Work order" }),
    packages: manyFilter({ url: "package", core: "packages", label: () => "Package" }),
    dummy: toggleFilter({ url: "include_dummy", core: "includeDummy", label: () => "Dummy lots" }),
    status: choiceFilter({ url: "status", core: "status", label: () => "Status", values: ["RUN", "HOLD"] as const, isHidden: true }),
    hold: choiceFilter({ url: "hold_type", core: "holdType", label: () => "Hold", values: ["quality"] as const }),
    key: flagFilter({ url: "is_key", label: () => "Key", yes: () => "Yes", no: () => "No" }),
    days: daysFilter({ label: () => "Days", presets: [7, 30], usualDays: 7 }),
    group: viewText("lots"),
  },
  { settle: (state) => (state.status === "HOLD" ? state : { ...state, hold: undefined }) },
);

describe("a filter set", () => {
  const query = {
    workorder: "GA26",
    package: ["SOT-23", "QFN"],
    status: "HOLD",
    hold_type: "quality",
    is_key: "false",
    lots: "TMTT",
    start_date: "2026-11-01",
  };

  it("reads what it writes, and ignores what no page writes", () => {
    const state = set.codec.read(query);
    expect(set.codec.write(state)).toMatchObject(query);
    expect(set.codec.read({ status: "<b>", is_key: "maybe" })).toMatchObject({ status: undefined, key: undefined });
    expect(set.codec.read({ status: "RUN", hold_type: "quality" }).hold).toBeUndefined();
  });
  it("gives the core the filters in use only", () => {
    expect(set.query(set.codec.read({}))).toEqual({});
    expect(set.query(set.codec.read({ ...query, include_dummy: "true" }))).toEqual({
      workorder: "GA26",
      packages: ["SOT-23", "QFN"],
      includeDummy: true,
      status: "HOLD",
      holdType: "quality",
    });
  });
  it("names what is in use and what takes it back", () => {
    const values = set.chips(set.codec.read(query)).map(({ key, value }) => `${key} ${value}`);
    expect(values).toEqual(["workorder GA26", "packages SOT-23, QFN", "status HOLD", "hold quality", "key No"]);
    expect(set.named("includeDummy")).toEqual({ key: "dummy", label: "Dummy lots" });
    expect([set.relaxed("dummy"), set.relaxed("packages")]).toEqual([{ dummy: true }, { packages: [] }]);
    expect(Object.keys(set.cleared)).not.toContain("group");
  });
});

describe("what of an address can't be used", () => {
  const known = { packages: (name: string) => name === "QFN", group: (name: string) => name === "TMTT" };
  const told = (query: Record<string, string | string[]>) =>
    set.unusable(query, known).map(({ why, name, value }) => `${why} ${name} ${value}`);

  it("is everything that a page does not do as the address says", () => {
    expect(told({})).toEqual([]);
    const good = { workorder: "<b>", package: "QFN", status: "HOLD", hold_type: "quality", include_dummy: "false", is_key: "false" };
    expect(told({ ...good, lots: "TMTT", start_date: "2026-11-01", end_date: "" })).toEqual([]);
    expect(told({ package: ["QFN", "NOPE"] })).toEqual(["missing Package NOPE"]);
    expect(told({ lots: "NOPE" })).toEqual(["missing lots NOPE"]);
    expect(told({ start_date: "abc", end_date: "2026-02-30" })).toEqual(["invalid Days abc", "invalid Days 2026-02-30"]);
    expect(told({ status: "zzz" })).toEqual(["invalid Status zzz"]);
    expect(told({ include_dummy: "1", is_key: "yes" })).toEqual(["invalid Dummy lots 1", "invalid Key yes"]);
    expect(told({ workorder: ["A", "B"] })).toEqual(["repeated Work order A"]);
    expect(told({ hold_type: "quality" })).toEqual(["idle Hold quality"]);
    expect(told({ theme: "dark", kiosk: "60", page: "/resource" })).toEqual([]);
    expect(told({ page: "-1", Package: "QFN" })).toEqual(["unknown page -1", "unknown Package QFN"]);
  });

  it("is not told of names before there is data", () => {
    expect(set.unusable({ package: "NOPE" }, { packages: () => undefined })).toEqual([]);
  });
});

describe("filters at work", () => {
  let filters: ReturnType<typeof useFilters<(typeof set)["filters"], LotFilter>>;
  const facet = { codes: Uint32Array.of(1, 0), lots: Uint32Array.of(3, 20) };
  const present = ref(["QFN"]);
  const Page = defineComponent({
    setup() {
      filters = useFilters(set, { packages: (name) => present.value.includes(name) });
      const offers = { choices: { packages: () => lotChoices(facet, ["QFN", "SOT-23"]) }, suggestions: { workorder: () => ["GA26"] } };
      return () => [h(AddressNote), h(FilterBar, { ...filters.bar.value, ...offers })];
    },
  });
  const open = async () => await mountPart(Page);
  beforeEach(() => {
    document.body.innerHTML = "";
  });

  it("leaves one filter out of the query where its choices are shown", async () => {
    const page = await open();
    filters.set({ workorder: "GA26", status: "RUN" });
    await flushPromises();
    expect(filters.queryWithout("status").value).toEqual({ workorder: "GA26" });
    page.unmount();
  });

  it("keeps the query while only the view changes", async () => {
    const page = await open();
    const before = filters.query.value;
    const { days } = filters.state.value;
    filters.set({ group: "TMTT" });
    await flushPromises();
    expect(filters.state.value.group).toBe("TMTT");
    expect(filters.query.value).toBe(before);
    expect(filters.state.value.days).toBe(days);
    page.unmount();
  });

  it("chooses from a list with counts, most first, by mouse and keyboard", async () => {
    const page = await open();
    const input = page.get("input[role=combobox]");
    await input.trigger("click");
    expect(page.findAll("[role=option]").map((option) => option.text())).toEqual(["QFN20", "SOT-233"]);
    await page.findAll("[role=option]")[1]!.trigger("click");
    await flushPromises();
    expect(filters.query.value).toEqual({ packages: ["SOT-23"] });
    await input.setValue("q");
    await input.trigger("keydown", { key: "Enter" });
    await flushPromises();
    expect(filters.query.value).toEqual({ packages: ["SOT-23", "QFN"] });
    await input.trigger("keydown", { key: "Escape" });
    expect(page.find("[role=listbox]").exists()).toBe(false);
    expect(input.attributes("placeholder")).toBe("2 chosen");
    await page.get(".chip").trigger("click");
    await flushPromises();
    expect(filters.query.value).toEqual({});
    page.unmount();
  });

  it("takes a text when typing pauses", async () => {
    vi.useFakeTimers();
    const page = await open();
    const input = page.get("input[type=search]");
    await input.setValue("GA");
    await input.setValue("GA2");
    vi.advanceTimersByTime(199);
    expect(filters.query.value).toEqual({});
    await vi.advanceTimersByTimeAsync(1);
    expect(filters.query.value).toEqual({ workorder: "GA2" });
    vi.useRealTimers();
    page.unmount();
  });

  it("sets toggles, flags and days", async () => {
    const page = await open();
    await page.get("input[type=checkbox]").setValue(true);
    await flushPromises();
    const [, key] = page.findAll("select");
    await key!.setValue("false");
    await flushPromises();
    expect(filters.state.value).toMatchObject({ dummy: true, key: false });
    await page.get(".segments button").trigger("click");
    await flushPromises();
    expect(filters.state.value.days).toEqual({ startDate: "2026-11-14", endDate: "2026-11-20" });
    await page.get("input[type=date]").setValue("2026-11-30");
    await flushPromises();
    expect(page.get(".problem").text()).toContain("must not be before");
    filters.clear();
    await flushPromises();
    expect(filters.state.value).toMatchObject({ dummy: false, key: undefined });
    page.unmount();
  });

  it("says what of the address can't be used, and goes to the address without it", async () => {
    const page = await open();
    await page.router.push("/?package=QFN&package=NOPE&status=zzz&lots=A&page=-1");
    await flushPromises();
    expect(page.findAll("[role=alert] li").map((line) => line.text())).toEqual([
      "“page” is not known on this page",
      "Package: “NOPE” is not in the data",
      "Status: “zzz” is not valid",
    ]);
    // A name that was there is not told of when it goes.
    present.value = [];
    await flushPromises();
    expect(page.findAll("[role=alert] li")).toHaveLength(3);
    await page.get("[role=alert] button").trigger("click");
    await flushPromises();
    expect(page.router.currentRoute.value.fullPath).toBe("/?package=QFN&lots=A");
    expect(page.find("[role=alert] li").exists()).toBe(false);
    page.unmount();
  });

  it("has its inputs behind a button on a small screen", async () => {
    const media = vi
      .spyOn(window, "matchMedia")
      .mockImplementation((query) => Object.assign(new EventTarget(), { matches: true, media: query }) as MediaQueryList);
    const page = await open();
    const button = page.get("[aria-expanded=false][aria-controls]:not(input)");
    const inputs = page.get(`[id="${button.attributes("aria-controls")}"]`);
    expect(inputs.isVisible()).toBe(false);
    await button.trigger("click");
    expect([inputs.isVisible(), button.attributes("aria-expanded")]).toEqual([true, "true"]);
    page.unmount();
    media.mockRestore();
  });

  it("blames the filter that removes most", async () => {
    const page = await open();
    const explanation: Explanation = {
      rows: 9,
      remaining: 0,
      outsideMatrix: 0,
      removals: [
        { filter: "workorder", removed: 1 },
        { filter: "packages", removed: 7 },
      ],
    };
    expect(filters.nothingOf(explanation)).toEqual({ blame: { key: "packages", label: "Package", removed: 7 } });
    expect(filters.nothingOf({ ...explanation, remaining: 1 })).toBeUndefined();
    expect(filters.nothingOf({ ...explanation, removals: [] })).toEqual({ blame: undefined });
    page.unmount();
  });
});
