// `node first-page.mjs ORIGIN ROUNDS`: opens the first page with an empty cache, again and
// again, and prints the median of the milliseconds until it shows the plant.
import { chromium } from "playwright-core";

const [origin, rounds] = process.argv.slice(2);

// The server answers at once and loads meanwhile; the page is timed with the plant loaded.
const loaded = async () => (await (await fetch(`${origin}/health`)).json()).data.status === "healthy";
const giveUpAt = Date.now() + 60_000;
while (!(await loaded())) {
  if (Date.now() > giveUpAt) throw new Error("the plant was not loaded within a minute");
  await new Promise((done) => setTimeout(done, 50));
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const samples = [];
for (let round = 0; round < Number(rounds); round += 1) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  await page.addInitScript(() => {
    const look = () => {
      const shown = document.querySelector(".matrix tbody tr") && document.querySelector("[data-kpi] strong") && document.querySelector(".chart canvas");
      if (shown) window.usableAfterMs = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  await page.goto(`${origin}/wip-overview`);
  await page.waitForFunction(() => window.usableAfterMs !== undefined);
  samples.push(await page.evaluate(() => window.usableAfterMs));
  await context.close();
}
await browser.close();
samples.sort((a, b) => a - b);
console.log(samples[Math.floor(samples.length / 2)]);
