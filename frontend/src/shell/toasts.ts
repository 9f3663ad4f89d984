// Toasts for requests, one for each path: a request is sent again, is given up,
// or is answered after all. Timers are passed in.
import { reactive } from "vue";

import type { RequestEvent } from "../plant/livePlant";

export interface Toast {
  /** Path of the request, without its query. */
  path: string;
  state: "retrying" | "failed" | "recovered";
  /** Until it is sent again. */
  seconds: number;
  message: string;
  code: string;
  requestId: string;
}

/** Failures that the page that asked shows itself: both sides of a conflict, the days that are there, a refusal, what is not there. */
const SHOWN_BY_PAGE = new Set(["CONFLICT", "HISTORY_PENDING", "UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND"]);
const FAILED_MS = 12_000;
const RECOVERED_MS = 4_000;

/** Calls back after some ms unless the function that comes back is called first. */
export type Later = (run: () => void, ms: number) => () => void;

function pathOf(url: string): string {
  return url.replace(/^\w+:\/\/[^/]+/, "").split("?")[0] ?? url;
}

export function createToasts(later: Later) {
  const shown = reactive<Toast[]>([]);
  const ends = new Map<string, () => void>();

  function dismiss(path: string): void {
    ends.get(path)?.();
    ends.delete(path);
    const place = shown.findIndex((toast) => toast.path === path);
    if (place >= 0) shown.splice(place, 1);
  }

  function show(toast: Toast, forMs?: number): void {
    ends.get(toast.path)?.();
    ends.delete(toast.path);
    const place = shown.findIndex((other) => other.path === toast.path);
    if (place >= 0) shown[place] = toast;
    else shown.push(toast);
    if (forMs !== undefined)
      ends.set(
        toast.path,
        later(() => dismiss(toast.path), forMs),
      );
  }

  /** What the client tells of requests. */
  function told(event: RequestEvent): void {
    const path = pathOf(event.url);
    const before = shown.find((toast) => toast.path === path);
    const blank = { path, seconds: 0, message: "", code: "", requestId: "" };
    if (event.type === "retrying") show({ ...blank, state: "retrying", seconds: event.seconds });
    else if (event.type === "failed") {
      const { message, code, requestId = "" } = event.error;
      if (SHOWN_BY_PAGE.has(code)) return;
      show({ ...blank, state: "failed", message, code, requestId }, FAILED_MS);
    } else if (before?.state === "retrying") show({ ...blank, state: "recovered" }, RECOVERED_MS);
  }

  return { shown, told, dismiss };
}
