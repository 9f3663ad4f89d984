import { expect, test } from "../fixtures.ts";
import { expectUsable, open, PAGES } from "../parts.ts";

const VIEWS = [
  { width: 1440, theme: "light", language: "zh-TW" },
  { width: 1440, theme: "dark", language: "en" },
  { width: 390, theme: "light", language: "en" },
  { width: 390, theme: "dark", language: "zh-TW" },
] as const;

for (const { width, theme, language } of VIEWS) {
  test.describe(`${width} px, ${theme}, ${language}`, () => {
    test.use({ theme, language, viewport: { width, height: 900 } });

    // One test, so that the code of the pages is loaded once.
    test("every page is accessible and fits", async ({ page }) => {
      for (const path of PAGES) {
        await test.step(path, async () => {
          await open(page, path);
          await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
          await expectUsable(page);
        });
      }
    });
  });
}
