// Shapes of the server's answers that several folders use.

export type Language = "zh-TW" | "en";
export type Names = Record<Language, string>;

export type Role = "viewer" | "engineer" | "admin";
export const ROLES: readonly Role[] = ["viewer", "engineer", "admin"];

/** `GET /api/session` */
export interface Session {
  /** Null for an anonymous visitor. */
  user: { name: string; source: string } | null;
  /** What the caller may do; null for nothing but signing in. */
  role: Role | null;
  csrf_token: string | null;
  expires_at: string | null;
}

export type PageState = "released" | "dev";

export interface PageEntry {
  /** Path, which identifies the page. */
  path: string;
  name: Names;
  state: PageState;
  /** Least role that sees it. */
  role: Role;
}

/** A group of pages in the navigation. */
export interface Drawer {
  id: string;
  name: Names;
  pages: PageEntry[];
}

/** A row of an MES table: columns of the source contract, times as `YYYY-MM-DD HH:MM:SS`. */
export type MesRow = Record<string, string | number | null>;
