// What a person chose, kept in this browser.
import { ref, watch } from "vue";

import type { Language } from "../contract/api";
import { initialData } from "../contract/initialData";
import { browserKept } from "./storage";

export type Theme = "system" | "light" | "dark";

function stored<T extends string>(key: string, allowed: readonly T[], fallback: T) {
  const known = browserKept.get(key) as T | undefined;
  const value = ref(known && allowed.includes(known) ? known : fallback);
  watch(value, (next) => browserKept.set(key, next as string));
  return value;
}

export const theme = stored<Theme>("mes.theme", ["system", "light", "dark"], "system");
export const language = stored<Language>("mes.language", ["zh-TW", "en"], initialData.language ?? "zh-TW");

const dark = window.matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
  const isDark = theme.value === "dark" || (theme.value === "system" && dark.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
  document.documentElement.lang = language.value === "en" ? "en" : "zh-Hant-TW";
}

watch([theme, language], apply, { immediate: true });
dark.addEventListener("change", apply);
