// Pictures of the pages: the README's, and with MES_SCREENSHOTS=FOLDER every
// width, theme and language for a person to look at.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { openPage } from "./browser.mjs";
import { ready } from "./checks.mjs";

const PAGES = [
  ["wip-overview", "/wip-overview"],
  ["resource", "/resource"],
  ["resource-history", "/resource-history"],
];
const README = fileURLToPath(new URL("../../docs/screenshots", import.meta.url));

export async function takeScreenshots(context, origin) {
  await mkdir(README, { recursive: true });
  for (const [name, path] of PAGES) {
    const { page } = await openPage(context, { language: "en", height: 960 });
    await page.goto(`${origin}${path}`);
    await ready(page, name);
    await page.screenshot({ path: join(README, `${name}.png`) });
    await page.close();
  }
  const all = process.env.MES_SCREENSHOTS;
  if (!all) return;
  await mkdir(all, { recursive: true });
  for (const [name, path] of PAGES) {
    for (const width of [1440, 390]) {
      for (const theme of ["light", "dark"]) {
        for (const language of ["zh-TW", "en"]) {
          const { page } = await openPage(context, { width, theme, language });
          await page.goto(`${origin}${path}`);
          await ready(page, name);
          await page.screenshot({ path: join(all, `${name}-${width}-${theme}-${language}.png`), fullPage: true });
          await page.close();
        }
      }
    }
  }
}
