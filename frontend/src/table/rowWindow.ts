// Rows that are read when they come into view, from a source with a known number of rows.

export interface RowWindow<Row> {
  total: number;
  read(first: number, count: number): readonly Row[];
  /** The same, of which nothing is kept: for all rows, one part after another. */
  readOnce?(first: number, count: number): readonly Row[];
}

export type Rows<Row> = readonly Row[] | RowWindow<Row>;

/** A window over a source that has pages: `readPage` counts them from 1. */
export function pagedWindow<Row>(total: number, size: number, readPage: (page: number) => readonly Row[]): RowWindow<Row> {
  const pages = new Map<number, readonly Row[]>();
  const known = (number: number) => pages.get(number) ?? readPage(number);
  const kept = (number: number) => {
    const page = known(number);
    pages.set(number, page);
    return page;
  };
  const reader = (pageOf: (number: number) => readonly Row[]) => (first: number, count: number) => {
    const last = Math.min(total, first + count);
    const rows: Row[] = [];
    for (let at = first; at < last; at = (Math.floor(at / size) + 1) * size) {
      const page = Math.floor(at / size);
      rows.push(...pageOf(page + 1).slice(at - page * size, last - page * size));
    }
    return rows;
  };
  return { total, read: reader(kept), readOnce: reader(known) };
}

/** Rows of one part. */
const PART = 200;

/** All rows, read in parts; a part that lacks rows is an error. */
export function* everyRow<Row>({ total, read, readOnce = read }: RowWindow<Row>): Generator<Row> {
  for (let first = 0; first < total; first += PART) {
    const rows = readOnce(first, PART);
    const expected = Math.min(PART, total - first);
    if (rows.length !== expected) throw new Error(`rows ${first + 1} to ${first + expected}: ${rows.length} were read`);
    yield* rows;
  }
}

export function windowOf<Row>(rows: Rows<Row>): RowWindow<Row> {
  return "read" in rows ? rows : { total: rows.length, read: (first, count) => rows.slice(first, first + count) };
}
