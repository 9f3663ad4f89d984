// A tab that is open while the server is upgraded: it learns of the new build
// and loads it at the next navigation, by a click, or while the tab is not in use.
import { ref, shallowRef, watch } from "vue";
import type { RouteLocationNormalized } from "vue-router";

import { livePlant } from "../plant/livePlant";
import { isSeen } from "../plant/seen";
import { at } from "../contract/addresses";
import { buildOf, latestBuild, mayReload } from "./build";
import { kiosk } from "./kiosk";
import { tabKept } from "../theme/storage";

/** All tabs of a plant hear at once that the server is back; they ask within this time, ms. */
const SPREAD_MS = 5_000;
/** A tab that comes into view asks when it has not asked for so long, ms. */
const ASK_EVERY_MS = 600_000;
/** A tab without input for this long reloads on its own, ms. */
const IDLE_MS = 60_000;
const TIMEOUT_MS = 5_000;
/** A page whose code is not there after this long is announced, ms. */
const OPENING_MS = 1_000;

const own = buildOf(document.documentElement.outerHTML);

/** The build that the server has; undefined while it is this one, or not known. */
export const newBuild = shallowRef<string>();
/** A page that could not be opened, and why. */
export const notOpened = ref<{ path: string; why: "offline" | "broken" }>();

/** A page whose code is on its way. */
export const opening = ref<string>();

let askedAt = 0;
let touchedAt = Date.now();

/** What the server has now. */
export async function askForBuild(): Promise<Awaited<ReturnType<typeof latestBuild>>> {
  askedAt = Date.now();
  const found = await latestBuild(() =>
    fetch(at("/"), { headers: { accept: "text/html" }, cache: "no-store", signal: AbortSignal.timeout(TIMEOUT_MS) }),
  );
  if (typeof found === "object") newBuild.value = own !== undefined && found.build !== own ? found.build : undefined;
  return found;
}

function goTo(path: string): void {
  location.assign(at(path));
}

/** Loads the page anew for a new build, once; true when it does. A kiosk does that only when it knows that the server answers. */
export function upgradesAt(to: RouteLocationNormalized): boolean {
  if (newBuild.value === undefined || kiosk.value || !mayReload(tabKept, newBuild.value, Date.now())) return false;
  goTo(to.fullPath);
  return true;
}

/** The address that was asked for last, until it is open or its page can't be opened. */
let wanted: string | undefined;
let announcing: ReturnType<typeof setTimeout> | undefined;

/** A person goes to `path`: a page that takes its time is announced. */
export function beginOpening(path: string): void {
  wanted = path;
  clearTimeout(announcing);
  opening.value = undefined;
  announcing = setTimeout(() => (opening.value = path), OPENING_MS);
}

/** `path` is open, or can't be opened. */
export function endOpening(path: string): void {
  if (wanted !== path) return;
  wanted = undefined;
  clearTimeout(announcing);
  opening.value = undefined;
  notOpened.value = undefined;
}

/** A page whose code can't be had: it is loaded as a whole where the server answers, or told, unless another one is wanted by then. */
export async function openAsWhole(path: string, isAsked: boolean): Promise<void> {
  if (isAsked) beginOpening(path);
  const found = await askForBuild();
  if (wanted !== path) return;
  endOpening(path);
  if (found === "unreachable") notOpened.value = { path, why: "offline" };
  else if (isAsked || mayReload(tabKept, `${newBuild.value ?? own} ${path}`, Date.now())) goTo(path);
  else notOpened.value = { path, why: "broken" };
}

export function reloadNow(): void {
  location.reload();
}

/** Reloads for a build while the server answers: nobody is there who could repeat a reload that fails. */
async function reloadFor(build: string, timer: ReturnType<typeof setInterval>): Promise<void> {
  if ((await askForBuild()) === "unreachable" || newBuild.value !== build) return;
  clearInterval(timer);
  if (mayReload(tabKept, build, Date.now())) reloadNow();
}

/** Follows the server's build from now on. */
export function followBuild(): void {
  const touch = () => (touchedAt = Date.now());
  for (const event of ["pointerdown", "keydown", "wheel", "touchstart"])
    window.addEventListener(event, touch, { passive: true, capture: true });
  watch(livePlant.opened, (_, before) => {
    if (before > 0) setTimeout(() => void askForBuild(), Math.random() * SPREAD_MS);
  });
  document.addEventListener("visibilitychange", () => isSeen() && Date.now() - askedAt > ASK_EVERY_MS && void askForBuild());
  watch(newBuild, (build) => {
    if (build === undefined) return;
    const timer = setInterval(() => {
      if (newBuild.value !== build) clearInterval(timer);
      else if (Date.now() - touchedAt > IDLE_MS && !document.querySelector("[role=dialog]")) void reloadFor(build, timer);
    }, 5_000);
  });
}
