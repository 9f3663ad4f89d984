// How long a large table takes to be written to a file in the browser, and whether the page stays usable meanwhile:
// `node bench/export.mjs --server BINARY [--lots 100000] [--rounds 3]`. Prints the time until the file is saved, its rows and
// size, the longest task and the longest time without a frame, in ms. Fails when a task is longer than 100 ms.
import { stat } from "node:fs/promises";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";

import { inFolder, STILL, whileServing } from "./demo.mjs";
import { PAGES, PATHS } from "./pages.mjs";
import { launch, openPage, settle, watch } from "./probe.mjs";

const { values } = parseArgs({
  options: {
    server: { type: "string" },
    lots: { type: "string", default: "100000" },
    rounds: { type: "string", default: "3" },
  },
});
const SIZE = { lots: Number(values.lots), machines: 100 };
const LONGEST_MS = 100;
/** A file may take so long, ms. */
const PATIENCE_MS = 120_000;

/** Notes the longest time between two frames; runs in the page. */
function countFrames() {
  let last = performance.now();
  const frame = (now) => {
    window.longestGap = Math.max(window.longestGap, now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  window.longestGap = 0;
  requestAnimationFrame(frame);
}

async function save(opened, format) {
  const { page } = opened;
  await page.evaluate(() => (window.longestGap = 0));
  await page.locator("main .menu-of-table [aria-expanded=false]").first().click();
  const began = performance.now();
  let file;
  const { longest } = await watch(opened, async () => {
    const saved = page.waitForEvent("download", { timeout: PATIENCE_MS });
    await page.getByRole("button", { name: `Export as ${format}` }).click();
    file = await saved;
  });
  const took = performance.now() - began;
  const gap = await page.evaluate(() => window.longestGap);
  const { size } = await stat(await file.path());
  await file.delete();
  await settle(page, 500);
  return { took, longest, gap, size };
}

const browser = await launch();
try {
  await inFolder((folder) =>
    whileServing(values.server, folder, SIZE, STILL, async ({ origin }) => {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en", acceptDownloads: true });
      const opened = await openPage(context);
      await opened.page.goto(`${origin}${PATHS["wip-detail"]}`);
      await opened.page.waitForSelector(PAGES["wip-detail"].sign);
      await settle(opened.page, 3_000);
      await opened.page.evaluate(countFrames);
      for (let round = 0; round < Number(values.rounds); round += 1)
        for (const format of ["CSV", "Excel"]) {
          const { took, longest, gap, size } = await save(opened, format);
          const told = [`${took.toFixed(0)} ms`, `longest task ${longest.toFixed(0)} ms`, `longest without a frame ${gap.toFixed(0)} ms`];
          console.log([format.padEnd(6), ...told, `${(size / 1e6).toFixed(1)} MB`, `load ${loadavg()[0].toFixed(1)}`].join("  "));
          if (longest > LONGEST_MS) process.exitCode = 1;
        }
    }),
  );
} finally {
  await browser.close();
}
