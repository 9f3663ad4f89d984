// Programs of the product, started for tests and ended by pid.
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";

import { signalWithChildren } from "./processes.ts";

export type Settings = Record<string, string | undefined>;

export interface Program {
  output: Interface;
  ended: Promise<number | null>;
  /** Stops its processes where they stand: connections are taken, nothing is answered. */
  freeze(): void;
  thaw(): void;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface Server extends Pick<Program, "freeze" | "thaw" | "stop"> {
  origin: string;
}

export interface Demo extends Pick<Server, "origin" | "stop"> {
  /** Of the user `admin`. */
  password: string;
  /** The folder of its databases. */
  folder: string;
}

function binary(): string {
  const path = process.env.MES_DASHBOARD;
  if (!path) throw new Error("set MES_DASHBOARD to the server's binary");
  return path;
}

/** Runs a command to its end. */
export function run(args: string[], env: Settings, input = ""): void {
  const { status, stderr } = spawnSync(binary(), args, { env, input, encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
}

export function start(args: string[], env: Settings): Program {
  const child = spawn(binary(), args, { env, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<number | null>((done) => child.once("exit", done));
  return {
    output: createInterface({ input: child.stdout }),
    ended,
    freeze: () => signalWithChildren(child.pid, "SIGSTOP"),
    thaw: () => signalWithChildren(child.pid, "SIGCONT"),
    async stop(signal = "SIGTERM") {
      signalWithChildren(child.pid, "SIGCONT");
      child.kill(signal);
      await ended;
    },
  };
}

/** The address at which a program listens, and the password that it prints before. */
async function listening({ output, ended }: Program): Promise<{ origin: string; password: string }> {
  let password = "";
  return new Promise((found, failed) => {
    output.on("line", (line) => {
      password = / with the password (\S+)/.exec(line)?.[1] ?? password;
      const origin = /listening on (http:\S+)/.exec(line)?.[1];
      if (origin) found({ origin, password });
    });
    void ended.then((code) => failed(new Error(`the server ended with ${code} before it listened`)));
  });
}

/** Waits until the server has read its tables; before that it answers 503, which browsers log. */
async function loaded(origin: string): Promise<void> {
  const giveUpAt = Date.now() + 60_000;
  while (!(await fetch(`${origin}/readyz`)).ok) {
    if (Date.now() > giveUpAt) throw new Error("the plant was not loaded within a minute");
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Waits until the past days are rolled up, so that every range of them is answered at once. */
async function rolledUp(origin: string): Promise<void> {
  const giveUpAt = Date.now() + 120_000;
  for (;;) {
    const { history } = (await (await fetch(`${origin}/health`)).json()).data as { history: { days_pending: number } };
    if (history.days_pending === 0) return;
    if (Date.now() > giveUpAt) throw new Error(`${history.days_pending} days of history were still pending after two minutes`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

export async function serve(env: Settings, options = { untilLoaded: true }): Promise<Server> {
  const program = start(["serve"], { APP_ENV: "development", BIND_ADDR: "127.0.0.1:0", LOG_LEVEL: "error", ...env });
  const { origin } = await listening(program);
  if (options.untilLoaded) await loaded(`${origin}${env.BASE_PATH ?? ""}`);
  return { ...program, origin };
}

/** Starts the demo plant on a free port, unless MES_BASE_URL names a running one. */
export async function startDemo(): Promise<Demo> {
  const { MES_BASE_URL, MES_ADMIN_PASSWORD } = process.env;
  if (MES_BASE_URL) return { origin: MES_BASE_URL, password: MES_ADMIN_PASSWORD ?? "", folder: "", stop: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), "mes-e2e-"));
  const program = start(["demo", "--port", "0", "--tick-ms", "1000", "--data-dir", folder], {
    ...process.env,
    PLANT_MEMORY_INTERVAL: "0",
  });
  const { origin, password } = await listening(program);
  await loaded(origin);
  await rolledUp(origin);
  const stop = async () => {
    await program.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { origin, password, folder, stop };
}
