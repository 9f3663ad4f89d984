import { beforeEach, expect, it, vi } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";

const past = vi.hoisted(() => ({ value: undefined as { asked: string } | undefined }));
const travel = vi.hoisted(() => vi.fn((asked: string) => void (past.value = { asked })));
const expectOne = vi.hoisted(() => vi.fn());
const leave = vi.hoisted(() => vi.fn(() => void (past.value = undefined)));
vi.mock("../plant/past", () => ({ plantPast: { past, expect: expectOne, travel, leave } }));

const { followMoment, goLive, goTo } = await import("./moment");

async function router() {
  const pages = ["/", "/a", "/b"].map((path) => ({ path, component: {} }));
  const made = createRouter({ history: createMemoryHistory(), routes: pages });
  followMoment(made);
  await made.push("/a?x=1");
  return made;
}

beforeEach(() => {
  past.value = undefined;
  vi.clearAllMocks();
});

it("keeps the moment from page to page, and forgets it on the way back to now", async () => {
  const made = await router();
  goTo(made, "2026-11-20T07:30");
  await vi.waitFor(() => expect(made.currentRoute.value.fullPath).toBe("/a?x=1&at=2026-11-20T07:30"));
  expect(travel).toHaveBeenCalledExactlyOnceWith("2026-11-20T07:30");
  await made.push("/b?y=2");
  expect(made.currentRoute.value.query).toEqual({ y: "2", at: "2026-11-20T07:30" });
  expect(travel).toHaveBeenCalledOnce();
  goLive(made);
  await vi.waitFor(() => expect(made.currentRoute.value.fullPath).toBe("/b?y=2"));
  expect(past.value).toBeUndefined();
});

it("is told before the first download of an address that has a moment", async () => {
  await router();
  expect(expectOne).not.toHaveBeenCalled();
  const history = createMemoryHistory();
  history.replace("/a?at=2026-11-20T07:30");
  followMoment(createRouter({ history, routes: [{ path: "/a", component: {} }] }));
  expect(expectOne).toHaveBeenCalledOnce();
});

it("follows the browser's way back to an address without a moment", async () => {
  const made = await router();
  await made.push("/a?at=2026-11-20T07:30");
  made.back();
  await vi.waitFor(() => expect(made.currentRoute.value.fullPath).toBe("/a?x=1"));
  expect(past.value).toBeUndefined();
});
