// `npm run e2e`: clicks through the pages on the demo. With --screenshots it
// takes the README's pictures instead; with --only=TEXT it does what has TEXT in its name.
import { checks } from "./checks.mjs";
import { pageChecks } from "./pages.mjs";
import { proxyChecks } from "./proxy.mjs";
import { sessionChecks } from "./session.mjs";
import { startBrowser, startServer } from "./browser.mjs";
import { surroundingsChecks } from "./surroundings.mjs";
import { takeScreenshots } from "./screenshots.mjs";

const server = await startServer();
const browser = await startBrowser();
let failed = 0;
let passed = 0;
try {
  if (process.argv.includes("--screenshots")) {
    await takeScreenshots(browser.context, server.origin);
  } else {
    const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length) ?? "";
    for (const [name, check] of Object.entries({ ...checks, ...sessionChecks, ...pageChecks, ...surroundingsChecks, ...proxyChecks })) {
      if (!name.includes(only)) continue;
      const start = performance.now();
      try {
        await check(browser.context, server.origin, server.password);
        passed += 1;
        console.log(`ok      ${name} (${Math.round(performance.now() - start)} ms)`);
      } catch (error) {
        failed += 1;
        console.log(`FAILED  ${name}: ${error.stack ?? error}`);
      }
    }
    console.log(`${passed} passed, ${failed} failed`);
  }
} finally {
  await browser.stop();
  await server.stop();
}
process.exitCode = failed === 0 ? 0 : 1;
