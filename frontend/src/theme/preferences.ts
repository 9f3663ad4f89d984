// What a person chose, kept in this browser.
import { ref, watch } from "vue";

import type { Language } from "../contract/api";
import { initialData } from "../contract/initialData";
import { browserKept } from "./storage";

export type Theme = "system" | "light" | "dark";
export const THEMES: readonly Theme[] = ["system", "light", "dark"];
export const LANGUAGES: readonly { value: Language; label: string }[] = [
  { value: "zh-TW", label: "繁體中文" },
  { value: "en", label: "English" },
];

const address = new URLSearchParams(location.search);

/** A choice in the address counts for this page and is not kept. */
function stored<T extends string>(key: string, allowed: readonly T[], fallback: T, inAddress: string | null = null) {
  const known = (allowed.find((value) => value === inAddress) ?? browserKept.get(key)) as T | undefined;
  const value = ref(known && allowed.includes(known) ? known : fallback);
  watch(value, (next) => browserKept.set(key, next as string));
  return value;
}

export const theme = stored<Theme>("mes.theme", THEMES, "system", address.get("theme"));
export const language = stored<Language>("mes.language", ["zh-TW", "en"], initialData.language ?? "zh-TW", address.get("lang"));
/** Whether one key alone is a shortcut: a person who speaks to the computer, or types by accident, switches that off. */
export const singleKeys = stored<"on" | "off">("mes.singleKeys", ["on", "off"], "on");

const dark = window.matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
  const isDark = theme.value === "dark" || (theme.value === "system" && dark.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  document.documentElement.lang = language.value === "en" ? "en" : "zh-Hant-TW";
}

watch([theme, language], apply, { immediate: true });
dark.addEventListener("change", apply);
