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

/** A window over a source that has pages: `readPage` counts them from 1. `large` ones are for reading all rows. */
export function pagedWindow<Row>(
  total: number,
  size: number,
  readPage: (page: number) => readonly Row[],
  large: Pages<Row> = { size, read: readPage },
): RowWindow<Row> {
  const pages = new Map<number, readonly Row[]>();
  const pageOf = (number: number) => {
    const page = pages.get(number) ?? readPage(number);
    pages.set(number, page);
    return page;
  };
  return {
    total,
    pages: large,
    read(first, count) {
      const last = Math.min(total, first + count);
      const rows: Row[] = [];
      for (let at = first; at < last; at = (Math.floor(at / size) + 1) * size) {
        const page = Math.floor(at / size);
        rows.push(...pageOf(page + 1).slice(at - page * size, last - page * size));
      }
      return rows;
    },
  };
}

/** A screen of rows: each text of a row costs on its way out of the core. */
export const PAGE = 32;

/**
 * A window over a list of the core. The core filters and orders all rows for every page, so that all rows are read
 * in the largest pages that it has, of `most` rows. `first` are the rows of the first page.
 */
export function listWindow<Row>(
  { total, first, most }: { total: number; first: readonly Row[]; most: number },
  read: (page: number, size: number) => readonly Row[],
): RowWindow<Row> {
  const large = { size: most, read: (page: number) => read(page, most) };
  return pagedWindow(total, PAGE, (page) => (page === 1 ? first : read(page, PAGE)), large);
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
