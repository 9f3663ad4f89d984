// The code of the compute engine. The client, which names a server that does not answer, is part of it, so that its own load is watched here.
import { reconnectDelayMs } from "./eventStream";

/** Without any response for this long, the server is named, ms. */
const SILENCE_MS = 5_000;

interface EngineHandlers {
  /** Nothing came since then, ms since 1970; undefined when that is over. */
  onSilent(since: number | undefined): void;
  /** The server can't be reached; the next attempt comes at `retryAt`, ms since 1970. */
  onLost(retryAt: number): void;
}

export interface EngineLoad {
  response: Promise<Response>;
  /** Ends the wait for the next attempt. */
  retryNow(): void;
}

/** Asks until the server responds. */
export function loadEngine(ask: () => Promise<Response>, { onSilent, onLost }: EngineHandlers): EngineLoad {
  let wake = () => {};

  async function attempt(): Promise<Response | undefined> {
    const askedAt = Date.now();
    const silence = setTimeout(() => onSilent(askedAt), SILENCE_MS);
    const response = await ask().catch(() => undefined);
    clearTimeout(silence);
    onSilent(undefined);
    // Other refusals are final: a file of a former build is not there any more.
    return response && response.status < 500 ? response : undefined;
  }

  async function load(): Promise<Response> {
    for (let failures = 0; ; failures += 1) {
      const response = await attempt();
      if (response) return response;
      const delay = reconnectDelayMs(failures, Math.random());
      onLost(Date.now() + delay);
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, delay);
      });
    }
  }

  return { response: load(), retryNow: () => wake() };
}
