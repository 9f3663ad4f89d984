// The code of pages comes in parts. All are fetched while the browser is idle,
// so that every page opens while the server is away; a part that can't be had
// leads to one reload or to a message, never to a click without effect.

/** The code of a page is not there. */
export class PageNotLoaded extends Error {
  constructor(cause: unknown) {
    super("the code of this page is not loaded", { cause });
  }
}

export interface PageLoad<T> {
  /** Loads the page, for the router. */
  (): Promise<T>;
  isLoaded(): boolean;
}

/** `load` until it fails: a second try would find half of its parts, without styles. */
export function createPageLoad<T>(load: () => Promise<T>): PageLoad<T> {
  let failure: PageNotLoaded | undefined;
  let loaded = false;
  const run = async () => {
    if (failure) throw failure;
    try {
      const page = await load();
      loaded = true;
      return page;
    } catch (cause) {
      failure = new PageNotLoaded(cause);
      throw failure;
    }
  };
  return Object.assign(run, { isLoaded: () => loaded });
}

/** Code that does not come for so long is taken for lost, ms. */
const LONGEST_MS = 10_000;

/** What is loaded, if it comes in time: a server that does not answer must not leave a click without effect. */
export async function inTime<T>(loading: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, fail) => {
    timer = setTimeout(() => fail(new PageNotLoaded(`nothing came within ${LONGEST_MS} ms`)), LONGEST_MS);
  });
  return Promise.race([loading, late]).finally(() => clearTimeout(timer));
}

/** Fetches one after the other whenever the browser is idle. */
export async function warm(loads: readonly PageLoad<unknown>[], whenIdle: () => Promise<void>): Promise<void> {
  for (const load of loads) {
    if (load.isLoaded()) continue;
    await whenIdle();
    // The router reports a page that can't be loaded when it is opened.
    await load().catch(() => undefined);
  }
}
