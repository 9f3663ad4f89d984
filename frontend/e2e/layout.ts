// How a page is laid out: nothing too wide, no text over another, numbers of tables in view.
import { expect, type Page } from "@playwright/test";

interface Layout {
  /** Pixels that the page is too wide. */
  tooWide: number;
  /** Texts that lie on each other. */
  overlaps: string[];
  /** Tables of which no number is in view. */
  numberless: string[];
  /** Names that are cut off and have no title. */
  cut: string[];
}

/** Runs in the page. */
function layoutOf(): Layout {
  const root = [...document.querySelectorAll("[role=dialog]")].at(-1) ?? document.querySelector("main")!;
  interface Box {
    left: number;
    top: number;
    right: number;
    bottom: number;
  }
  const clipped = (box: Box, element: Element): Box => {
    const { left, top, right, bottom } = element.getBoundingClientRect();
    return {
      left: Math.max(box.left, left),
      top: Math.max(box.top, top),
      right: Math.min(box.right, right),
      bottom: Math.min(box.bottom, bottom),
    };
  };
  /** What is seen of a text inside of everything that cuts it off. */
  const seen = (node: Text, rect: DOMRect): Box => {
    let box: Box = rect;
    for (let at = node.parentElement; at && at !== document.body; at = at.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(at);
      if (overflowX !== "visible" || overflowY !== "visible") box = clipped(box, at);
    }
    return box;
  };
  const texts: { node: Text; box: Box }[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode as Text;
    const parent = node.parentElement!;
    // Heads and feet of tables lie over the rows that are scrolled.
    if (!node.data.trim() || parent.closest("option, datalist, .visually-hidden, details:not([open]) > :not(summary), thead, tfoot"))
      continue;
    if (parent.matches("details:not([open])")) continue;
    if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const rect of range.getClientRects()) {
      const box = seen(node, rect);
      if (box.right - box.left > 2 && box.bottom - box.top > 2) texts.push({ node, box });
    }
  }
  texts.sort((a, b) => a.box.top - b.box.top);
  const overlaps: string[] = [];
  for (const [place, { node, box }] of texts.entries()) {
    for (let next = place + 1; next < texts.length && texts[next]!.box.top < box.bottom - 3; next += 1) {
      const other = texts[next]!;
      if (other.node === node) continue;
      const width = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
      const height = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
      if (width > 3 && height > 3) overlaps.push(`${node.data.trim().slice(0, 30)} × ${other.node.data.trim().slice(0, 30)}`);
    }
  }
  const tables = [...root.querySelectorAll("[role=grid], [role=treegrid]")];
  const numberless = tables.filter((table) => {
    const row = table.querySelector("tbody tr");
    const head = row?.querySelector("[role=rowheader]")?.getBoundingClientRect();
    if (!row || !head) return false;
    const cells = [...row.querySelectorAll("[role=gridcell]")];
    const frame = table.parentElement!.getBoundingClientRect();
    return !cells.some((cell) => {
      const { left, right } = cell.getBoundingClientRect();
      return left >= head.right - 1 && right <= frame.right + 1;
    });
  });
  const cut = [...root.querySelectorAll<HTMLElement>("*")].filter(
    (element) =>
      getComputedStyle(element).textOverflow === "ellipsis" &&
      element.scrollWidth > element.clientWidth + 1 &&
      element.checkVisibility() &&
      // Cells get theirs from the pointer.
      !element.closest("tbody [data-column], [title]:not([title=''])"),
  );
  return {
    tooWide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    overlaps: [...new Set(overlaps)],
    numberless: numberless.map((table) => table.getAttribute("aria-label") ?? ""),
    cut: [...new Set(cut.map((element) => element.textContent?.trim().slice(0, 40) ?? ""))],
  };
}

/** Nothing is too wide, lies on another text, is cut off without a title, or has its numbers out of view. */
export async function expectLaidOut(page: Page): Promise<void> {
  const wanted: Layout = { tooWide: 0, overlaps: [], numberless: [], cut: [] };
  // Charts follow a new width in the next frame.
  const watched = expect.configure({ soft: true, timeout: 5_000 });
  await watched.poll(() => page.evaluate(layoutOf), { message: page.url() }).toEqual(wanted);
}
