// What of a page moves without being asked to.
import { expect, type Page } from "@playwright/test";

/** The share of the window that moves, times how far: digits that a number gains move its unit, and nothing else. */
const LARGEST = 0.001;

interface Shift {
  value: number;
  /** The parts that moved, from where to where. */
  parts: string[];
}

/** Runs in the page: notes every layout shift, also one that follows an input. */
function watch(): void {
  const seen: Shift[] = [];
  const textOf = (rect: DOMRectReadOnly) => [rect.x, rect.y, rect.width, rect.height].map(Math.round).join(" ");
  function nameOf(node: Node | null): string {
    const element = node instanceof Element ? node : node?.parentElement;
    if (!element) return "(a part that is gone)";
    const around = element.closest("[aria-label], [aria-labelledby]");
    const name = around?.getAttribute("aria-label") ?? document.getElementById(around?.getAttribute("aria-labelledby") ?? "")?.textContent;
    return `<${element.localName} class="${element.className}"> “${(node?.textContent ?? "").trim().slice(0, 30)}” in ${name ?? "the page"}`;
  }
  interface Entry extends PerformanceEntry {
    value: number;
    sources: { node: Node | null; previousRect: DOMRectReadOnly; currentRect: DOMRectReadOnly }[];
  }
  const note = (entries: PerformanceEntryList) => {
    for (const { value, sources } of entries as Entry[])
      seen.push({
        value,
        parts: sources.map(({ node, previousRect, currentRect }) => `${nameOf(node)}: ${textOf(previousRect)} → ${textOf(currentRect)}`),
      });
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  Reflect.set(window, "takeShifts", () => {
    note(observer.takeRecords());
    return seen.splice(0);
  });
}

export async function watchShifts(page: Page): Promise<void> {
  await page.addInitScript(watch);
}

/** What moved since it was asked last; waits until what happened is painted. */
async function takeShifts(page: Page): Promise<Shift[]> {
  // A chart is drawn in the task behind the next frame.
  await page.evaluate(
    () => new Promise((done) => requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(() => setTimeout(done))))),
  );
  return page.evaluate(() => Reflect.get(window, "takeShifts")() as Shift[]);
}

/** Nothing has moved since it was asked last. */
export async function expectStill(page: Page, what: string): Promise<void> {
  const shifts = await takeShifts(page);
  const sum = shifts.reduce((all, { value }) => all + value, 0);
  expect.soft(sum > LARGEST ? shifts : [], `${what} moves ${sum.toFixed(4)} of the window`).toEqual([]);
}

/** Forgets what moved: a person asked for it. */
export async function forgetShifts(page: Page): Promise<void> {
  await takeShifts(page);
}
