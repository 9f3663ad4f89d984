import { watch } from "vue";
import { createI18n } from "vue-i18n";

import { language } from "../shell/preferences";
import en from "./en";
import zhTW from "./zh-TW";

export const i18n = createI18n({
  legacy: false,
  locale: language.value,
  fallbackLocale: "en",
  messages: { "zh-TW": zhTW, en },
});

watch(language, (next) => (i18n.global.locale.value = next));
