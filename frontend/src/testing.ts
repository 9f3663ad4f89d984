// Mounts a part for its test, with texts and a router.
import { mount, type VueWrapper } from "@vue/test-utils";
import type { Component } from "vue";
import { createMemoryHistory, createRouter } from "vue-router";

import { language } from "./theme/preferences";
import { i18n } from "./words/i18n";

export async function mountPart(part: Component, options: Record<string, unknown> = {}) {
  language.value = "en";
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: "/:path(.*)*", component: { render: () => null } }] });
  await router.push("/");
  const wrapper: VueWrapper = mount(part, { attachTo: document.body, global: { plugins: [i18n, router] }, ...options });
  return Object.assign(wrapper, { router });
}
