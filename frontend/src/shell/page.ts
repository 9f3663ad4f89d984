// What a page declares in its `page.ts`; router, prefetch, data age, titles and toasts derive from it.
import type { Component } from "vue";

import type { Dataset } from "../plant/livePlant";
import type { Words } from "../words/i18n";

export interface Page {
  path: string;
  /** Path of the page that decides who sees this one, for a page of one thing: the page that lists such things. */
  listing?: string;
  /** Name of its route, and of its words: `t("name.title")` is its title. */
  name: string;
  /** Snapshots that it shows; the bar shows the age of the first. Empty when the page shows the age of its own data. */
  datasets: readonly Dataset[];
  /** Whether it is empty until something is chosen on it. */
  needsChoice?: boolean;
  words: Words;
  component: () => Promise<{ default: Component }>;
  /** Whether it exists only for readers whose navigation lists it. */
  isListed: boolean;
  /** Requests that toasts report on: their path, in which `{name}` stands for a segment, and the key of their name in `words`. */
  requests?: Readonly<Record<string, string>>;
}

declare module "vue-router" {
  interface RouteMeta {
    page?: Page;
  }
}
