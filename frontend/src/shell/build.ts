// Which build of the program this page is, and whether the server has another
// one: a tab may be open for weeks.
import type { Kept } from "../theme/storage";

const KEY = "mes.reloaded";
/** Reloads follow one another at most so fast, ms. */
const RELOAD_EVERY_MS = 60_000;

/** The script that a page of HTML starts with, which has its build in its name. */
export function buildOf(html: string): string | undefined {
  return /<script\b[^>]*\bsrc="([^"]*?)([^"/]+\.(?:m?js|ts))"/.exec(html)?.[2];
}

/** Whether the page may reload itself for `reason`: once, and never in a circle. */
export function mayReload(kept: Kept, reason: string, now: number): boolean {
  if (!kept.lasts()) return false;
  const [before, at] = (kept.get(KEY) ?? "").split("\n");
  const since = now - Number(at ?? 0);
  if (before === reason || (since >= 0 && since < RELOAD_EVERY_MS)) return false;
  kept.set(KEY, `${reason}\n${now}`);
  return true;
}

/** What the server has: its build, `unreachable`, or `unknown` when something else answers. */
export async function latestBuild(ask: () => Promise<Response>): Promise<{ build: string } | "unreachable" | "unknown"> {
  try {
    const answer = await ask();
    if (answer.status >= 500) return "unreachable";
    const build = buildOf(await answer.text());
    return build === undefined ? "unknown" : { build };
  } catch {
    return "unreachable";
  }
}
