// What the server put into the page for its first paint. Nothing is there in a page that the
// development server made, so that everything is asked for as well.
import type { Language, Schemas } from "./api";

export interface InitialData {
  version?: string;
  /** Path below which the program lies. */
  base_path?: string;
  /** The language that the browser prefers. */
  language?: Language;
  /** Null while the server can't tell. */
  session?: Omit<Schemas["OwnSession"], "csrf_token"> | null;
  pages?: Schemas["Navigation"];
}

/** The block of data as an object; an empty one when it is damaged. */
export function parsed(text: string | null | undefined): InitialData {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? (value as InitialData) : {};
  } catch {
    return {};
  }
}

export const initialData = parsed(document.getElementById("initial-data")?.textContent);
