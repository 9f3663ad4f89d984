// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from "vitest";

import { createHistory } from "./history";

// The addresses of this environment's history are those of the page.
const entry = () => location.pathname + location.search + location.hash;
const popTo = (path: string, state: unknown) => {
  history.replaceState(state, "", path);
  window.dispatchEvent(new PopStateEvent("popstate", { state }));
};

const made: ReturnType<typeof createHistory>[] = [];
const created = () => {
  made.push(createHistory());
  return made.at(-1)!;
};
afterEach(() => {
  for (const one of made.splice(0)) one.destroy();
  vi.restoreAllMocks();
});

it("writes one entry per navigation, and where it stands among the others", () => {
  history.replaceState(null, "", "/start?a=1");
  const routed = created();
  expect(routed.location).toBe("/start?a=1");
  const first = routed.state.position as number;
  const written = [vi.spyOn(history, "pushState"), vi.spyOn(history, "replaceState")] as const;

  routed.push("/next?b=2#c", { kept: "x" });
  expect([entry(), routed.location]).toEqual(["/next?b=2#c", "/next?b=2#c"]);
  expect(history.state).toEqual({ kept: "x", position: first + 1 });
  expect(written.map(({ mock }) => mock.calls.length)).toEqual([1, 0]);

  routed.replace("/next?b=3");
  expect(entry()).toBe("/next?b=3");
  expect(history.state).toEqual({ position: first + 1 });
  expect(written.map(({ mock }) => mock.calls.length)).toEqual([1, 1]);
});

it("tells how far and which way a person went, once", () => {
  history.replaceState(null, "", "/one");
  const routed = created();
  const first = routed.state.position as number;
  routed.push("/two");
  const told: unknown[] = [];
  const end = routed.listen((to, from, information) => told.push([to, from, information]));
  popTo("/one", { position: first });
  popTo("/three", { position: first + 2 });
  expect(told).toEqual([
    ["/one", "/two", { type: "pop", direction: "back", delta: -1 }],
    ["/three", "/one", { type: "pop", direction: "forward", delta: 2 }],
  ]);
  end();
  popTo("/one", { position: first });
  expect(told).toHaveLength(2);
});

it("gives an entry without a state, which a link to a part of the page makes, its place", () => {
  history.replaceState(null, "", "/one");
  const routed = created();
  const { position } = routed.state;
  const told: unknown[] = [];
  routed.listen((to, from, { delta }) => told.push([to, from, delta]));
  popTo("/one#main", null);
  expect(told).toEqual([["/one#main", "/one", 0]]);
  expect(history.state).toEqual({ position });
});

it("goes back silently when a navigation was refused", () => {
  history.replaceState(null, "", "/one");
  const routed = created();
  const first = routed.state.position as number;
  const told: string[] = [];
  routed.listen((to) => told.push(to));
  vi.spyOn(history, "go").mockImplementation(() => popTo("/two", { position: first + 1 }));
  routed.go(1, false);
  expect(told).toEqual([]);
  expect(routed.location).toBe("/two");
  popTo("/one", { position: first });
  expect(told).toEqual(["/one"]);
});

it("opens the address as a whole when the browser takes no more entries", () => {
  history.replaceState(null, "", "/one");
  const routed = created();
  vi.spyOn(console, "error").mockImplementation(() => {});
  vi.spyOn(history, "pushState").mockImplementation(() => {
    throw new DOMException("too many", "SecurityError");
  });
  const assign = vi.spyOn(location, "assign").mockImplementation(() => {});
  routed.push("//other/path");
  expect(assign).toHaveBeenCalledWith(`${location.origin}//other/path`);
});
