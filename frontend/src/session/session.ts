// Who is signed in, and the token that goes with whatever they change.
import type { MesApi } from "mes-compute";
import { computed, shallowRef } from "vue";

export type Role = "viewer" | "engineer" | "admin";

/** As `GET /api/session` tells it. */
export interface Session {
  /** Null for nobody. */
  user: { name: string; source: string } | null;
  /** What the caller may do; null for nothing but signing in. */
  role: Role | null;
  csrf_token: string | null;
  expires_at: string | null;
}

/** Codes that mean that the session is not what this page thinks. */
const SURPRISES = new Set(["UNAUTHORIZED", "FORBIDDEN", "CSRF_INVALID"]);

/** Undefined until the server has answered. */
export const session = shallowRef<Session>();
export const isAdmin = computed(() => session.value?.role === "admin");
/** Somebody has to sign in before there is anything to see. */
export const isLockedOut = computed(() => session.value !== undefined && session.value.role === null);

let client: MesApi | undefined;
let asking = false;

export function csrfToken(): string | undefined {
  return session.value?.csrf_token ?? undefined;
}

/** Asks who is signed in. What is known stays when that fails: the pages say what is wrong. */
export async function refreshSession(): Promise<void> {
  if (!client || asking) return;
  asking = true;
  try {
    session.value = ((await client.get("/api/session", undefined)) as { data: Session }).data;
  } catch {
    // The notice tells of a server that can't be reached.
  } finally {
    asking = false;
  }
}

/** Follows the session from now on. */
export function followSession(api: MesApi): void {
  client = api;
  api.onEvent((event) => {
    if (event.type === "failed" && SURPRISES.has(event.error.code)) void refreshSession();
  });
  // Signing in or out happens in other tabs, too.
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void refreshSession());
  void refreshSession();
}

/** Where to sign in and come back to `path`. */
export function signInAddress(path: string): string {
  return `/admin/login?next=${encodeURIComponent(path)}`;
}

/** Ends this session, or all of the user's. */
export async function signOut(everywhere: boolean): Promise<void> {
  if (!client) return;
  await client.delete(everywhere ? "/api/session?everywhere=true" : "/api/session", undefined);
  await refreshSession();
}
