import { createApp } from "vue";

import { livePlant } from "./compute/livePlant";
import { i18n } from "./i18n";
import App from "./shell/App.vue";
import { router } from "./shell/router";
import "./theme/tokens.css";
import "./theme/base.css";

createApp(App).use(router).use(i18n).mount("#app");
void livePlant.start();
