import type { MesError } from "mes-compute";
import { describe, expect, it } from "vitest";

import { createToasts } from "./toasts";

function bench() {
  const timers: { run: () => void; ms: number; ended: boolean }[] = [];
  const toasts = createToasts((run, ms) => {
    const timer = { run, ms, ended: false };
    timers.push(timer);
    return () => (timer.ended = true);
  });
  const states = () => toasts.shown.map((toast) => `${toast.path} ${toast.state}`);
  const elapse = () => timers.filter((timer) => !timer.ended).forEach((timer) => timer.run());
  return { toasts, states, elapse };
}
const url = "http://plant:8080/api/snapshot/history?start_date=2026-11-01";
const error = Object.assign(new Error("no"), { code: "DB_QUERY_TIMEOUT", requestId: "r1" }) as MesError;

describe("toasts for requests", () => {
  it("counts down in one toast and says when it worked after all", () => {
    const { toasts, states, elapse } = bench();
    toasts.told({ type: "ended", url: "/other" });
    expect(states()).toEqual([]);
    toasts.told({ type: "retrying", url, retry: 1, seconds: 3 });
    toasts.told({ type: "retrying", url, retry: 1, seconds: 2 });
    expect(states()).toEqual(["/api/snapshot/history retrying"]);
    expect(toasts.shown[0]?.seconds).toBe(2);
    toasts.told({ type: "ended", url });
    expect(states()).toEqual(["/api/snapshot/history recovered"]);
    elapse();
    expect(states()).toEqual([]);
  });
  it("keeps a failure that follows the repeats, with its code, and then lets it go", () => {
    const { toasts, states, elapse } = bench();
    toasts.told({ type: "retrying", url, retry: 3, seconds: 1 });
    toasts.told({ type: "failed", url, error });
    toasts.told({ type: "ended", url });
    expect(states()).toEqual(["/api/snapshot/history failed"]);
    expect(toasts.shown[0]).toMatchObject({ code: "DB_QUERY_TIMEOUT", requestId: "r1" });
    elapse();
    expect(states()).toEqual([]);
  });
  it.each(["CONFLICT", "UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND"])("leaves %s to the page that asked", (code) => {
    const { toasts, states } = bench();
    toasts.told({ type: "failed", url, error: Object.assign(new Error("no"), { code }) as MesError });
    expect(states()).toEqual([]);
  });
  it("forgets the end of a toast that was replaced or dismissed", () => {
    const { toasts, states, elapse } = bench();
    toasts.told({ type: "failed", url, error });
    toasts.told({ type: "retrying", url, retry: 1, seconds: 9 });
    elapse();
    expect(states()).toEqual(["/api/snapshot/history retrying"]);
    toasts.dismiss("/api/snapshot/history");
    expect(states()).toEqual([]);
  });
});
