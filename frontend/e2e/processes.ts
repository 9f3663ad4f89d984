// A program together with the processes that it started.
import { readdirSync, readFileSync } from "node:fs";

/** Processes whose parent is `pid`. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => {
      try {
        // The command's name may hold blanks and brackets; the parent is the second field after it.
        const fields = readFileSync(`/proc/${child}/stat`, "utf8").split(") ").at(-1)?.split(" ");
        return Number(fields?.[1]) === pid;
      } catch {
        return false;
      }
    });
}

/** Sends a signal to a program and to its children, which it would not reach by itself. */
export function signalWithChildren(pid: number | undefined, signal: NodeJS.Signals): void {
  for (const one of pid === undefined ? [] : [pid, ...childrenOf(pid)]) {
    try {
      process.kill(one, signal);
    } catch (problem) {
      // It may end at the same time.
      if ((problem as NodeJS.ErrnoException).code !== "ESRCH") throw problem;
    }
  }
}
