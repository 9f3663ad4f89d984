// Addresses of the server: the application may lie below a path of it.
import { initialData } from "./initialData";

/** `/mes` of what the server wrote; empty for the root and for what is no path. */
export function baseOf(written: string | null | undefined): string {
  const path = (written ?? "").trim().replace(/\/+$/, "");
  return /^(\/[\w.~-]+)+$/.test(path) ? path : "";
}

export const base = baseOf(document.querySelector<HTMLMetaElement>('meta[name="mes-base"]')?.content ?? initialData.base_path);

/** An address of the server for a path of the program. */
export function at(path: string): string {
  return base + path;
}

/** The path of the program behind an address of the server. */
export function within(pathname: string): string {
  return base !== "" && (pathname === base || pathname.startsWith(`${base}/`)) ? pathname.slice(base.length) || "/" : pathname;
}

const LONGEST_NEXT = 2_000;

/** Sign-in page that leads back to `path`. A long selection after `#` is dropped: it would not fit. */
export function signInAddress(path: string): string {
  const next = path.length <= LONGEST_NEXT ? path : path.replace(/#.*$/s, "");
  return `${at("/admin/login")}?next=${encodeURIComponent(next)}`;
}
