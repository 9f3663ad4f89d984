import { createApp } from "vue";

import { livePlant } from "./plant/livePlant";
import { i18n } from "./words/i18n";
import App from "./shell/App.vue";
import { warm } from "./shell/pageLoads";
import { followPrinting } from "./theme/printing";
import { loads, router } from "./shell/router";
import { followBuild } from "./shell/upgrade";
import "./theme/tokens.css";
import "./theme/base.css";
import "./theme/print.css";

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
// The data first, then the code of the other pages.
void livePlant.start().then(() => warm(loads, idle));
