// Texts in both languages. Shared ones are here; parts and pages add their own under a separate name.
import { watch } from "vue";
import { createI18n } from "vue-i18n";

import { language } from "../theme/preferences";
import { en } from "./en";
import { zhTW } from "./zh-TW";

export interface Texts {
  [key: string]: string | Texts;
}

/** The same texts in both languages. */
export interface Words<T extends Texts = Texts> {
  en: T;
  zhTW: T;
}

export const i18n = createI18n({
  legacy: false,
  locale: language.value,
  fallbackLocale: "en",
  ...(import.meta.env.MODE === "test" && { missingWarn: false, fallbackWarn: false }),
  messages: { en: en as Texts, "zh-TW": zhTW as Texts },
});

/** Adds the texts of a part or page; `t("name.key")` finds them. */
export function addWords<T extends Texts>(name: string, words: Words<T>): void {
  i18n.global.mergeLocaleMessage("en", { [name]: words.en });
  i18n.global.mergeLocaleMessage("zh-TW", { [name]: words.zhTW });
}

watch(language, (next) => (i18n.global.locale.value = next));
