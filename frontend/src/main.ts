import { createApp } from "vue";

import { livePlant } from "./plant/livePlant";
import App from "./shell/App.vue";
import type { Page } from "./shell/page";
import { createPageLoad, warm } from "./shell/pageLoads";
import { createPageRouter } from "./shell/router";
import { followBuild } from "./shell/upgrade";
import { followViews } from "./shell/views";
import "./theme/tokens.css";
import "./theme/base.css";
import "./theme/print.css";
import { followPrinting } from "./theme/printing";
import { followNavigation } from "./who/navigation";
import { csrfToken, followSession } from "./who/session";
import { addWords, i18n } from "./words/i18n";

const pages = Object.values(import.meta.glob<Page>("./pages/*/page.ts", { eager: true, import: "default" }));
for (const { name, words } of pages) addWords(name, words);
const { router, loads } = createPageRouter(pages);
if (import.meta.env.DEV) router.addRoute({ path: "/gallery", component: () => import("./gallery/GalleryPage.vue") });

/** Resolves when the browser has nothing better to do; soon at the latest. */
function idle(): Promise<void> {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in window) requestIdleCallback(() => resolve(), { timeout: 2_000 });
    else setTimeout(resolve, 200);
  });
}

createApp(App).use(router).use(i18n).mount("#app");
followBuild();
followPrinting();
const started = livePlant.start(csrfToken, (api) => {
  followSession(api);
  followNavigation(api);
  followViews(api, router);
});
// Data first, then the code of the other pages and of charts.
void started.then(() => warm([...loads, createPageLoad(() => import("./chart/ChartFrame.vue"))], idle));
