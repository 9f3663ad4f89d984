// The server's announcements. Connects again by itself, ever less eagerly and
// at a random moment, so that a plant full of browsers does not return in one
// second; also notices a connection that is dead without having been closed.

/** First and longest ceiling of the wait before connecting again, ms. */
const BASE_MS = 3_000;
const CAP_MS = 60_000;
/** The server breaks silence every 15 s; after this long without a sign it is gone, ms. */
const SILENCE_MS = 40_000;

/** Wait before the next attempt: at least a second, then anywhere below a doubling ceiling. */
export function reconnectDelayMs(failures: number, random: number): number {
  const ceiling = Math.min(CAP_MS, BASE_MS * 2 ** Math.min(failures, 16));
  return 1_000 + Math.floor(random * ceiling);
}

/** Last words of a server that is replaced. */
interface Farewell {
  return_ms: number;
}

export interface EventStream {
  /** Connects at once instead of at the end of the wait. */
  connectNow(): void;
}

export interface StreamHandlers {
  onOpen(): void;
  /** The connection is gone; the next attempt comes at this time, ms since 1970. */
  onLost(retryAt: number): void;
  /** By event name: the data of an event. */
  on: Record<string, (data: unknown) => void>;
}

/** Follows `url` until the page goes away. */
export function openEventStream(url: string, handlers: StreamHandlers): EventStream {
  let source: EventSource | undefined;
  let failures = 0;
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let silence: ReturnType<typeof setTimeout> | undefined;

  function heard(): void {
    clearTimeout(silence);
    silence = setTimeout(lose, SILENCE_MS);
  }

  function lose(): void {
    source?.close();
    clearTimeout(silence);
    clearTimeout(waiting);
    const delay = reconnectDelayMs(failures, Math.random());
    failures += 1;
    waiting = setTimeout(connect, delay);
    handlers.onLost(Date.now() + delay);
  }

  /** Another server takes over: nothing is lost unless it does not answer either. */
  function comeBack(afterMs: number): void {
    source?.close();
    clearTimeout(silence);
    clearTimeout(waiting);
    waiting = setTimeout(connect, afterMs);
  }

  function connect(): void {
    source?.close();
    clearTimeout(waiting);
    const opened = new EventSource(url);
    source = opened;
    heard();
    opened.addEventListener("open", () => {
      failures = 0;
      handlers.onOpen();
    });
    // Its own reconnection would not spread, and ends for good at a 503.
    opened.addEventListener("error", lose);
    opened.addEventListener("heartbeat", heard);
    opened.addEventListener("farewell", (event: MessageEvent<string>) => {
      comeBack((JSON.parse(event.data) as Farewell).return_ms);
    });
    for (const [name, handle] of Object.entries(handlers.on)) {
      opened.addEventListener(name, (event: MessageEvent<string>) => {
        heard();
        handle(JSON.parse(event.data));
      });
    }
  }

  connect();
  return { connectNow: connect };
}
