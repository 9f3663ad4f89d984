// Who is signed in, and the token that goes with whatever they change.
import type { MesApi } from "mes-compute";
import { computed, shallowRef } from "vue";

import { createClockWatch, serverClock } from "../contract/serverClock";
import { get, type Schemas } from "../contract/api";
import { initialData } from "../contract/initialData";

/** Codes that mean that the session is not what this page thinks. */
const SURPRISES = new Set(["UNAUTHORIZED", "FORBIDDEN", "CSRF_INVALID"]);
/** A session that is over when it should be is over for certain a little later, ms. */
const AFTER_ITS_END_MS = 1_000;
/** Until the server is asked again when it could not be, ms. */
const AFTER_A_FAILURE_MS = 5_000;
/** How often it is looked whether this computer's clock was set, ms. */
const CLOCK_EVERY_MS = 15_000;
/** Timers can't wait longer, ms. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

/** Undefined until the server has said; the page brings all but the token. */
export const session = shallowRef<Schemas["OwnSession"] | undefined>(
  initialData.session ? { ...initialData.session, csrf_token: null } : undefined,
);
export const isAdmin = computed(() => session.value?.role === "admin");
/** Somebody has to sign in before there is anything to see. */
export const isLockedOut = computed(() => session.value !== undefined && session.value.role === null);
/** Whose session came to its end while they looked at this page. */
export const endedFor = shallowRef<string>();

let client: MesApi | undefined;
let asking: Promise<void> | undefined;
let timer: number | undefined;

export function csrfToken(): string | undefined {
  return session.value?.csrf_token ?? undefined;
}

function lookAgainIn(ms: number): void {
  window.clearTimeout(timer);
  timer = window.setTimeout(() => void refreshSession(), Math.min(ms, LONGEST_WAIT_MS));
}

/** Looks again when the session should be over: it lives on when it was used elsewhere. */
function lookAtItsEnd(expiresAt: string | null, now: string): void {
  window.clearTimeout(timer);
  // Both times are the server's, independent of the local clock.
  if (expiresAt !== null) lookAgainIn(Math.max(Date.parse(expiresAt) - Date.parse(now), 0) + AFTER_ITS_END_MS);
}

async function ask(api: MesApi): Promise<void> {
  const before = session.value?.user;
  const { data, meta } = await get(api, "/api/session", {});
  serverClock.note(meta.timestamp);
  session.value = data;
  if (data.user) endedFor.value = undefined;
  else if (before) endedFor.value = before.name;
  lookAtItsEnd(data.expires_at, meta.timestamp);
}

/** Asks who is signed in. What is known stays when that fails: the pages say what is wrong. */
export function refreshSession(): Promise<void> {
  if (!client) return Promise.resolve();
  asking ??= ask(client)
    .catch(() => {
      // The notice covers a server that can't be reached.
      if (session.value?.user) lookAgainIn(AFTER_A_FAILURE_MS);
    })
    .finally(() => (asking = undefined));
  return asking;
}

/** Follows the session from now on. */
export function followSession(api: MesApi): void {
  client = api;
  api.onEvent((event) => {
    if (event.type === "failed" && SURPRISES.has(event.error.code)) void refreshSession();
  });
  // Signing in or out happens in other tabs, too.
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void refreshSession());
  // So does a change of the clock: the session contains the server's time.
  window.setInterval(
    createClockWatch(
      Date.now,
      () => performance.now(),
      () => void refreshSession(),
    ),
    CLOCK_EVERY_MS,
  );
  void refreshSession();
}

/** Ends this session, or all of the user's. */
export async function signOut(everywhere: boolean): Promise<void> {
  if (!client) return;
  await client.delete(everywhere ? "/api/session?everywhere=true" : "/api/session", undefined);
  await refreshSession();
  // It was meant.
  endedFor.value = undefined;
}
