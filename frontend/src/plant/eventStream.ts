// The server's event stream. Reconnects with backoff and jitter, so that the browsers of a plant do not reconnect together. A
// connection counts as alive while events arrive: a header alone is no proof, and a silent connection is dead although it is
// open.
import type { Schemas } from "../contract/api";

/** First and longest ceiling of the wait before connecting again, ms. */
const BASE_MS = 3_000;
const CAP_MS = 60_000;
/** The server speaks at once; a header without words after it comes from something in between, ms. */
const FIRST_WORD_MS = 10_000;
/** The server breaks silence every 15 s; after this long without a sign it is gone, ms. */
const SILENCE_MS = 40_000;

/** Wait before the next attempt: at least a second, then anywhere below a doubling ceiling. */
export function reconnectDelayMs(failures: number, random: number): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures, 16));
  return 1_000 + Math.floor(random * ceiling);
}

export interface EventStream {
  /** Connects at once instead of at the end of the wait. */
  connectNow(): void;
  /** After a sleep: connects at once unless the connection has just spoken. */
  wake(): void;
  /** Ends it for good. */
  close(): void;
}

export interface StreamHandlers {
  /** The server's words arrive, also after it was replaced by another. */
  onOpen(): void;
  /** The connection is gone; the next attempt comes at `retryAt`, the last sign, if any, came at `heardAt`; ms since 1970. */
  onLost(retryAt: number, heardAt: number | undefined): void;
  /** By event name: the data of an event. */
  on: Record<string, (data: unknown) => void>;
}

/** Follows `url` until it is closed. */
export function openEventStream(url: string, handlers: StreamHandlers): EventStream {
  let source: EventSource | undefined;
  let failures = 0;
  let speaks = false;
  let heardAt: number | undefined;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  function expectWords(withinMs: number): void {
    clearTimeout(silence);
    silence = setTimeout(lose, withinMs);
  }

  function heard(): void {
    heardAt = Date.now();
    expectWords(SILENCE_MS);
    if (speaks) return;
    speaks = true;
    failures = 0;
    handlers.onOpen();
  }

  function close(): void {
    source?.close();
    source = undefined;
    speaks = false;
    clearTimeout(silence);
    clearTimeout(waiting);
  }

  function lose(): void {
    close();
    const delay = reconnectDelayMs(failures, Math.random());
    failures += 1;
    waiting = setTimeout(connect, delay);
    handlers.onLost(Date.now() + delay, heardAt);
  }

  /** Another server takes over: nothing is lost unless it does not answer either. */
  function comeBack(afterMs: number): void {
    close();
    waiting = setTimeout(connect, afterMs);
  }

  function connect(): void {
    close();
    const opened = new EventSource(url);
    source = opened;
    expectWords(SILENCE_MS);
    opened.addEventListener("open", () => !speaks && expectWords(FIRST_WORD_MS));
    // Its own reconnection would not spread, and ends for good at a 503.
    opened.addEventListener("error", lose);
    opened.addEventListener("heartbeat", heard);
    opened.addEventListener("farewell", (event: MessageEvent<string>) => {
      comeBack((JSON.parse(event.data) as Schemas["FarewellEvent"]).return_ms);
    });
    for (const [name, handle] of Object.entries(handlers.on)) {
      opened.addEventListener(name, (event: MessageEvent<string>) => {
        heard();
        handle(JSON.parse(event.data));
      });
    }
  }

  function wake(): void {
    const quietMs = Date.now() - (heardAt ?? 0);
    if (!speaks || quietMs > SILENCE_MS || quietMs < 0) connect();
  }

  connect();
  return { connectNow: connect, wake, close };
}
