// @vitest-environment happy-dom
import type { DowntimeEvent, DowntimeFigures, DowntimeSummary, MachineTimeline, ReasonDowntime, TimelineSegment } from "mes-compute";
import { describe, expect, it } from "vitest";

import type { Palette } from "../../theme/palette";
import { addWords } from "../../words/i18n";
import { trendOption } from "./charts";
import {
  barChange,
  categoryFigures,
  coreFilter,
  downtimeFilters,
  eventColumns,
  eventsLink,
  keyFigures,
  notesOf,
  orderOf,
  reasonChoices,
  reasonName,
} from "./downtime";
import { pathsOf, segmentAt, spanOf, ticksOf } from "./timeline";
import * as words from "./words";

addWords("downtime", words);
const { codec, query } = downtimeFilters;
const range = { startDate: "2026-11-01", endDate: "2026-11-07" };
const colours = new Proxy({}, { get: (_, name) => String(name) }) as Palette;
const figures: DowntimeFigures = {
  events: 12,
  failures: 0,
  down_hours: 30.5,
  udt_hours: 0,
  sdt_hours: 30,
  egt_hours: 0.5,
  mttr_hours: null,
  mtbf_hours: null,
  prd_hours: 100,
  availability_pct: 90,
  uptime_pct: null,
};
const bars: ReasonDowntime[] = [
  { reason: "Jam", category: "repair", events: 3, hours: 4.5, cumulative_pct: 75 },
  { reason: null, category: "other", events: 1, hours: 1.5, cumulative_pct: 100 },
];

describe("the downtime page's address", () => {
  const address = {
    start_date: "2026-11-01",
    end_date: "2026-11-07",
    workcenter_groups: ["TMTT"],
    state: "UDT",
    reason: ["Jam"],
    category: "repair",
    job_link: "ambiguous",
    compare: "period",
    sort: "from",
  };

  it("comes back as it was written, and is the query of the core", () => {
    const state = codec.read(address);
    expect(codec.write(state)).toMatchObject(address);
    expect(coreFilter(state, query(state), range)).toEqual({
      machines: { workcenterGroups: ["TMTT"] },
      ...range,
      states: ["UDT"],
      reasons: ["Jam"],
      categories: ["repair"],
      jobLinks: ["ambiguous"],
    });
    expect(orderOf(state.sort)).toEqual({ sort: "from", descending: false });
    expect(orderOf(codec.read({}).sort)).toEqual({ sort: "hours", descending: true });
  });

  it("can be ordered by what the core knows only", () => {
    for (const { key, isUnsortable } of eventColumns()) {
      expect(orderOf({ key, descending: false }) === undefined).toBe(isUnsortable === true);
    }
  });
});

describe("the downtime page", () => {
  it("shows a dash for means of nothing, and the figures before", () => {
    const texts = Object.fromEntries(keyFigures(figures).map(({ key, value }) => [key, value]));
    expect(texts).toMatchObject({ events: "12", failures: "0", mttr: "–", mtbf: "–", uptime: "–" });
    expect(keyFigures(figures, { ...figures, failures: 7 })[1]!.detail).toContain("7");
  });

  it("filters by a bar, takes it back, and leaves out downtimes without a reason", () => {
    expect(barChange(bars, "Jam", codec.read({}))).toEqual({ reasons: ["Jam"] });
    expect(barChange(bars, "Jam", codec.read({ reason: "Jam" }))).toEqual({ reasons: [] });
    expect(barChange(bars, reasonName(bars[1]!), codec.read({}))).toEqual({});
    expect(reasonChoices({ reasons_by_events: bars } as unknown as DowntimeSummary)).toEqual([{ name: "Jam", count: 3 }]);
    expect(categoryFigures({ categories: [{ category: "repair", events: 0, hours: 0 }] } as unknown as DowntimeSummary)).toMatchObject([
      { key: "repair", share: 0 },
    ]);
  });

  it("names what is left out or not listed, and nothing else", () => {
    const none = { fragments: 0, hours: 0 };
    const found = { untimed: none, unknown_machines: none, unlisted_reasons: 0 } as unknown as DowntimeSummary;
    expect(notesOf(found)).toEqual([]);
    const left = { fragments: 1_200, hours: 3.5 };
    const notes = notesOf({ ...found, untimed: left, unknown_machines: left, unlisted_reasons: 7 });
    expect(notes).toHaveLength(3);
    expect(notes.join(" ")).toMatch(/1,200.*3\.5.*1,200.*3\.5.*7/);
  });

  it("leads from a downtime to its job, unless the table of jobs doesn't have it", () => {
    const job = { job_id: "J 1", order: null, created: "2026-11-01 08:00:00", waiting_hours: 2 };
    const event = { resource_id: "r", resource_name: "M&1", until: null, job } as unknown as DowntimeEvent;
    const column = (key: string) => eventColumns().find((one) => one.key === key)!;
    expect(column("order").to!(event)).toBe("/job-query?q=M%261&start_date=2026-11-01&end_date=2026-11-01&job=J+1");
    expect(column("order").text!(event)).toBe("J 1");
    expect(column("waiting_hours").value(event)).toBe(2);
    const unknown = { ...event, job: { ...job, created: null } } as unknown as DowntimeEvent;
    expect([column("order").text!(unknown), column("order").to!(unknown)]).toEqual(["J 1", undefined]);
    expect([column("order").text!({ ...event, job: null }), column("waiting_hours").text!({ ...event, job: null })]).toEqual(["–", "–"]);
  });

  it("has a link to its downtimes only where the API knows all filters", () => {
    const state = codec.read({ reason: "a, b", sort: "-from", compare: "period" });
    expect(eventsLink(state, range)).toBe("/api/downtime/events?start_date=2026-11-01&end_date=2026-11-07&reason=a,+b");
    expect(eventsLink(codec.read({ q: "GWB" }), range)).toBeUndefined();
  });

  it("draws every day", () => {
    const day = { date: "2026-11-01", ...figures };
    expect(trendOption([day], colours).series.map(({ data }) => data)).toEqual([[0], [30], [0.5]]);
  });
});

describe("the timeline", () => {
  const segment = (from: string, until: string, state = "UDT") => ({ state, from: `2026-11-01 ${from}`, until: `2026-11-01 ${until}` });
  const segments = [segment("00:00:00", "06:00:00"), segment("06:00:00", "12:00:00", "PRD")] as unknown as TimelineSegment[];

  it("places segments between the first begin and the last end of all machines", () => {
    const span = spanOf([{ segments }, { segments: [] }] as unknown as MachineTimeline[]);
    expect(span[1] - span[0]).toBe(43_200);
    expect(pathsOf(segments, span)).toEqual([
      { state: "UDT", path: "M0 0h21600v1H0z" },
      { state: "PRD", path: "M21600 0h21600v1H21600z" },
    ]);
    expect([0, 0.5, 1].map((place) => segmentAt(segments, place, span)?.state)).toEqual(["UDT", "PRD", undefined]);
    expect(spanOf([])).toEqual([0, 1]);
  });

  it("has at most eight days named, at equal distances", () => {
    expect(ticksOf([0, 2 * 86_400])).toEqual([
      { place: 0, label: "01-01" },
      { place: 0.5, label: "01-02" },
    ]);
    expect(ticksOf([3_600, 30 * 86_400]).map(({ label }) => label)).toEqual([
      "01-02",
      "01-06",
      "01-10",
      "01-14",
      "01-18",
      "01-22",
      "01-26",
      "01-30",
    ]);
  });
});
