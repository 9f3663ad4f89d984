import { watch } from "vue";
import { createI18n } from "vue-i18n";

import { language } from "../theme/preferences";
import * as quality from "../pages/data-quality/words";
import * as jobs from "../pages/job-query/words";
import * as gate from "../pages/qc-gate/words";
import * as tables from "../pages/tables/words";
import en from "./en";
import zhTW from "./zh-TW";

export const i18n = createI18n({
  legacy: false,
  locale: language.value,
  fallbackLocale: "en",
  messages: {
    "zh-TW": { ...zhTW, gate: gate.zhTW, quality: quality.zhTW, jobs: jobs.zhTW, tables: tables.zhTW },
    en: { ...en, gate: gate.en, quality: quality.en, jobs: jobs.en, tables: tables.en },
  },
});

watch(language, (next) => (i18n.global.locale.value = next));
