import { beforeEach, describe, expect, it, vi } from "vitest";

const server = vi.hoisted(() => ({ index: vi.fn(), update: vi.fn(), show: vi.fn() }));
const live = vi.hoisted(() => ({
  client: Promise.resolve({}),
  leaveNow: vi.fn(() => Promise.resolve()),
  showKept: vi.fn((show: (lots: unknown, machines: unknown) => unknown) => show({}, {})),
  backToNow: vi.fn(),
}));
vi.mock("./livePlant", () => ({ livePlant: live, asMesError: (thrown: unknown) => thrown }));
vi.mock("../contract/api", () => ({ get: server.index }));
vi.mock("mes-compute", () => ({
  MemoryStore: class {
    update = server.update;
    show = server.show;
    free(): void {}
  },
}));

const { gapAt, gapsOf, momentInAddress, momentOf } = await import("./past");

const SHIFT = { from: "2026-11-20 07:30:00", until: "2026-11-20 19:30:00" };
const table = (moment: string) => [{ dataset: "wip", version: moment, rows: 1, sysDate: null, updatedAt: 1, isKnown: true }];

async function plantPast() {
  vi.resetModules();
  return (await import("./past")).plantPast;
}

beforeEach(() => {
  vi.clearAllMocks();
  server.index.mockResolvedValue({ data: { enabled: true, shifts: [SHIFT] } });
  server.update.mockResolvedValue({
    version: "1",
    moments: ["2026-11-20 07:31:00", "2026-11-20 09:00:00"],
    lots: [],
    machines: [],
    clockSteps: 0,
  });
  server.show.mockImplementation(table);
});

it("writes moments as short as they are", () => {
  expect(momentInAddress("2026-11-20 07:30:00")).toBe("2026-11-20T07:30");
  expect(momentInAddress("2026-11-20 07:30:05")).toBe("2026-11-20T07:30:05");
  for (const moment of ["2026-11-20 07:30:00", "2026-11-20 07:30:05"]) expect(momentOf(momentInAddress(moment))).toBe(moment);
  for (const other of ["", "yesterday", "2026-11-20", "2026-11-20T7:30"]) expect(momentOf(other)).toBeUndefined();
});

describe("gaps", () => {
  const spans = [
    { from: "2026-11-20 07:30:00", until: "2026-11-20 08:00:00" },
    { from: "2026-11-20 09:00:00", until: "2026-11-20 10:00:00" },
  ];
  it.each([
    ["2026-11-20 08:00:00", undefined],
    ["2026-11-20 08:30:00", { after: spans[0]!.until, before: spans[1]!.from }],
    ["2026-11-20 11:00:00", { after: spans[1]!.until, before: undefined }],
    ["2026-11-20 07:00:00", { after: undefined, before: spans[0]!.from }],
  ])("%s", (moment, gap) => expect(gapAt(spans, moment)).toEqual(gap));
});

it("names a gap only where the core doesn't know a table", () => {
  const spans = [{ from: "2026-11-20 07:30:00", until: "2026-11-20 08:00:00" }];
  const info = { version: "1", moments: [], lots: spans, machines: spans, clockSteps: 0 };
  const past = { asked: "", moment: "2026-11-20 08:02:00", shift: undefined, info, loading: false, nothing: undefined, problem: undefined };
  const table = (dataset: "wip" | "equipment", isKnown: boolean) => ({
    dataset,
    version: "1",
    rows: 1,
    sysDate: null,
    updatedAt: 1,
    isKnown,
  });
  expect(gapsOf({ ...past, shown: [table("wip", true), table("equipment", true)] })).toEqual([]);
  const ofMachines = { what: "machines", after: "2026-11-20 08:00:00", before: undefined };
  expect(gapsOf({ ...past, shown: [table("wip", true), table("equipment", false)] })).toEqual([ofMachines]);
  expect(gapsOf({ ...past, shown: [table("wip", true)] })).toEqual([ofMachines]);
  expect(gapsOf({ ...past, loading: true, shown: [] })).toEqual([]);
});

it("shows a moment of a shift that is kept, and other moments of it without a question", async () => {
  const { past, travel, glance, leave } = await plantPast();
  await travel("2026-11-20T08:00");
  expect(live.leaveNow).toHaveBeenCalled();
  expect(past.value).toMatchObject({ asked: "2026-11-20T08:00", moment: "2026-11-20 08:00:00", shift: SHIFT, loading: false });
  expect(past.value!.shown).toEqual(table("2026-11-20 08:00:00"));
  expect(server.update).toHaveBeenCalledExactlyOnceWith({}, "2026-11-20T07:30", false, undefined);
  glance("2026-11-20 08:59:00");
  await travel("2026-11-20T08:30");
  expect(server.show.mock.calls.map(([moment]) => moment as string)).toEqual([
    "2026-11-20 08:00:00",
    "2026-11-20 08:59:00",
    "2026-11-20 08:30:00",
  ]);
  expect(server.update).toHaveBeenCalledTimes(1);
  // What is behind the last change that was loaded may have happened since.
  await travel("2026-11-20T10:00");
  expect(server.update).toHaveBeenCalledTimes(2);
  leave();
  expect(past.value).toBeUndefined();
  expect(live.backToNow).toHaveBeenCalledOnce();
});

it("says why there is nothing", async () => {
  const { past, travel } = await plantPast();
  await travel("yesterday");
  expect(past.value).toMatchObject({ nothing: "nonsense", loading: false });
  await travel("2026-11-22T08:00");
  expect(past.value).toMatchObject({ nothing: "notKept" });
  server.index.mockResolvedValue({ data: { enabled: false, shifts: [] } });
  await travel("2026-11-23T08:00");
  expect(past.value).toMatchObject({ nothing: "disabled" });
  server.index.mockRejectedValue(Object.assign(new Error("away"), { code: "NETWORK_ERROR" }));
  await travel("2026-11-24T08:00");
  expect(past.value).toMatchObject({ problem: { code: "NETWORK_ERROR" }, loading: false });
  expect(server.show).not.toHaveBeenCalled();
});

it("arrives at the last moment that was asked for", async () => {
  const { past, travel, leave } = await plantPast();
  let answer: (index: unknown) => void = () => {};
  server.index.mockReturnValueOnce(new Promise((done) => (answer = done)));
  const first = travel("2026-11-20T08:00");
  await vi.waitFor(() => expect(server.index).toHaveBeenCalledOnce());
  const second = travel("2026-11-20T09:00");
  answer({ data: { enabled: true, shifts: [SHIFT] } });
  await Promise.all([first, second]);
  expect(past.value).toMatchObject({ moment: "2026-11-20 09:00:00", loading: false });
  const third = travel("2026-11-20T07:45");
  leave();
  await third;
  expect(past.value).toBeUndefined();
});
