// `npm run screenshots`: pictures of the demo, the README's, and with MES_SCREENSHOTS=FOLDER every
// width, theme and language for a person to look at.
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { test } from "./fixtures.ts";
import { open, PAGES } from "./parts.ts";

const README = fileURLToPath(new URL("../../docs/screenshots", import.meta.url));
/** Pages that the README shows. */
const SHOWN = ["home", "wip-overview", "hold-overview", "resource", "dashboard", "resource-history"];
const ALL = process.env.MES_SCREENSHOTS;

test.describe("README", () => {
  test.use({ viewport: { width: 1440, height: 960 } });
  for (const name of SHOWN) {
    test(name, async ({ page }) => {
      await open(page, name === "home" ? "/" : `/${name}`);
      await page.screenshot({ path: join(README, `${name}.png`) });
    });
  }
});

if (ALL) {
  for (const width of [1440, 390]) {
    for (const theme of ["light", "dark"] as const) {
      for (const language of ["zh-TW", "en"] as const) {
        const view = `${width}-${theme}-${language}`;
        test.describe(view, () => {
          test.use({ theme, language, viewport: { width, height: 900 } });
          for (const path of PAGES) {
            test(path, async ({ page }) => {
              await open(page, path);
              await page.screenshot({ path: join(ALL, `${path.slice(1).replaceAll("/", "-") || "home"}-${view}.png`), fullPage: true });
            });
          }
        });
      }
    }
  }
}
