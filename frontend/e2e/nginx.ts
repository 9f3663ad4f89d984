// The nginx of deploy/scale-out as it is shipped, on free ports, with a certificate of its own.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { connect } from "node:tls";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SHIPPED = new URL("../../deploy/scale-out/nginx.conf", import.meta.url);

function freePort(): Promise<number> {
  return new Promise((found) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => found(port));
    });
  });
}

/** Replaces `from`, which has to be there: the shipped file is what is tested. */
function replaced(text: string, from: string, to: string): string {
  const parts = text.split(from);
  if (parts.length === 1) throw new Error(`nginx.conf has no ${from}`);
  return parts.join(to);
}

/** Starts nginx in front of `upstream` (host:port); returns its origin, which has a port of its own. */
export async function startNginx(upstream: string): Promise<{ origin: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "mes-nginx-"));
  const plain = await freePort();
  const secure = await freePort();
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "2",
      "-keyout",
      join(folder, "key"),
      "-out",
      join(folder, "crt"),
      ...subject,
    ],
    { stdio: "ignore" },
  );
  let conf = readFileSync(SHIPPED, "utf8");
  const replacements: [from: string, to: string][] = [
    ["/run/nginx.pid", join(folder, "pid")],
    ["        server 10.0.0.12:8080 max_fails=2 fail_timeout=5s;\n        server 10.0.0.13:8080 max_fails=2 fail_timeout=5s;\n", ""],
    ["10.0.0.11:8080", upstream],
    ["listen 80;", `listen 127.0.0.1:${plain};`],
    ["listen 443 ssl http2;", `listen 127.0.0.1:${secure} ssl http2;`],
    ["mes.example", "localhost"],
    ["/etc/nginx/mes.crt", join(folder, "crt")],
    ["/etc/nginx/mes.key", join(folder, "key")],
  ];
  for (const [from, to] of replacements) conf = replaced(conf, from, to);
  const path = join(folder, "nginx.conf");
  writeFileSync(path, conf);
  const child = spawn("nginx", ["-p", folder, "-c", path, "-e", join(folder, "error.log"), "-g", "daemon off;"], { stdio: "inherit" });
  const gone = new Promise((done) => child.once("exit", done));
  const answers = () =>
    new Promise<boolean>((done) => {
      const socket = connect({ host: "127.0.0.1", port: secure, rejectUnauthorized: false }, () => socket.end(() => done(true)));
      socket.once("error", () => done(false));
    });
  const giveUpAt = Date.now() + 20_000;
  while (!(await answers())) {
    if (child.exitCode !== null || Date.now() > giveUpAt)
      throw new Error(`nginx did not start:\n${readFileSync(join(folder, "error.log"), "utf8")}`);
    await new Promise((done) => setTimeout(done, 50));
  }
  const stop = async () => {
    child.kill("SIGTERM");
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
  return { origin: `https://localhost:${secure}`, stop };
}
