// The demo plant for a measurement; ended by pid.
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** Long enough to make a plant of the largest size. */
const READY_MS = 300_000;

/** A folder that is gone after `use`. */
export async function inFolder(use) {
  const folder = await mkdtemp(join(tmpdir(), "mes-bench-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Serves the plant in `folder`, which is made at the first start, and moves it by `args`. */
async function start(binary, folder, { lots, machines }, args) {
  const size = ["--lots", String(lots), "--machines", String(machines)];
  const child = spawn(binary, ["demo", "--port", "0", "--data-dir", folder, ...size, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((done) => child.once("exit", done));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  let password = "";
  const origin = await new Promise((found, failed) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      password = / with the password (\S+)/.exec(line)?.[1] ?? password;
      const address = /listening on (http:\S+)/.exec(line)?.[1];
      if (address) found(address);
    });
    void ended.then((code) => failed(new Error(`the demo ended with ${code} before it listened`)));
  });
  const giveUpAt = Date.now() + READY_MS;
  while (!(await fetch(`${origin}/readyz`)).ok) {
    if (Date.now() > giveUpAt) {
      await stop();
      throw new Error("the plant was not loaded in time");
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  // Rolling up the past days is no part of what is measured.
  while ((await (await fetch(`${origin}/health`)).json()).data.history.days_pending > 0) {
    if (Date.now() > giveUpAt) {
      await stop();
      throw new Error("the past days were not rolled up in time");
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  return { origin, password, stop };
}

/** Runs `use` while the plant is served. */
export async function whileServing(binary, folder, size, args, use) {
  const demo = await start(binary, folder, size, args);
  try {
    return await use(demo);
  } finally {
    await demo.stop();
  }
}

/** What `demo` takes for a plant that stands still. */
export const STILL = ["--tick-ms", "600000"];
/** And for one that moves every `ms` as much as one of 5 s moves. */
export const moving = (ms) => ["--tick-ms", String(ms), "--speed", String(5_000 / ms)];
