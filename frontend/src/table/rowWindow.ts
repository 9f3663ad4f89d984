// Rows that are read when they come into view, from a source with a known number of rows.

/** Pages of a source; the first one is 1. */
interface Pages<Row> {
  size: number;
  read(page: number): readonly Row[];
}

export interface RowWindow<Row> {
  total: number;
  read(first: number, count: number): readonly Row[];
  /** For all rows, one page after another, of which nothing is kept. */
  pages?: Pages<Row>;
}

export type Rows<Row> = readonly Row[] | RowWindow<Row>;

/** A screen of rows: each text of a row costs on its way out of the core. */
export const PAGE = 32;
/** The smallest page that holds `count` rows from `first` on; there is always one of less than three times as many rows. */
export function pageAround(first: number, count: number): { page: number; size: number } {
  let size = count;
  while ((first % size) + count > size) size += 1;
  return { page: Math.floor(first / size) + 1, size };
}

/**
 * A window over a list of the core. The core filters and orders all rows for every page, so that rows in view are read
 * as one page, and all rows in the largest pages that it has, of `most` rows. `first` are the rows of the first page.
 */
export function listWindow<Row>(
  { total, first, most }: { total: number; first: readonly Row[]; most: number },
  read: (page: number, size: number) => readonly Row[],
): RowWindow<Row> {
  const known = new Map(first.entries());
  /** Reads the unknown rows from `start` to before `end`, and with a few of them also those before or behind. */
  function readRun(start: number, end: number): void {
    const isBehind = end < total && known.has(end);
    const from = isBehind ? Math.max(0, Math.min(start, end - PAGE)) : start;
    const to = isBehind ? end : Math.min(total, Math.max(end, start + PAGE));
    const part = Math.floor(most / 3);
    for (let at = from; at < to; at += part) {
      const { page, size } = pageAround(at, Math.min(part, to - at));
      for (const [place, row] of read(page, size).entries()) known.set((page - 1) * size + place, row);
    }
  }
  return {
    total,
    pages: { size: most, read: (page) => read(page, most) },
    read(start, count) {
      const last = Math.min(total, start + count);
      for (let at = start; at < last;) {
        let end = at;
        while (end < last && !known.has(end)) end += 1;
        if (end > at) readRun(at, end);
        at = end + 1;
      }
      const rows: Row[] = [];
      for (let at = start; at < last; at += 1) if (known.has(at)) rows.push(known.get(at)!);
      return rows;
    },
  };
}

/** Rows that are read at once where the source has no pages. */
const PART = 200;

/** All rows, read in parts; a part that lacks rows is an error. */
export function* everyRow<Row>({ total, read, pages }: RowWindow<Row>): Generator<Row> {
  const { size, read: readPage } = pages ?? { size: PART, read: (page: number) => read((page - 1) * PART, PART) };
  for (let first = 0; first < total; first += size) {
    const rows = readPage(first / size + 1);
    const expected = Math.min(size, total - first);
    if (rows.length !== expected) throw new Error(`rows ${first + 1} to ${first + expected}: ${rows.length} were read`);
    yield* rows;
  }
}

export function windowOf<Row>(rows: Rows<Row>): RowWindow<Row> {
  return "read" in rows ? rows : { total: rows.length, read: (first, count) => rows.slice(first, first + count) };
}
