// Rows that are read when they come into view, from a source with a known number of rows.

export interface RowWindow<Row> {
  total: number;
  read(first: number, count: number): readonly Row[];
}

export type Rows<Row> = readonly Row[] | RowWindow<Row>;

/** A window over a source that has pages: `readPage` counts them from 1. */
export function pagedWindow<Row>(total: number, size: number, readPage: (page: number) => readonly Row[]): RowWindow<Row> {
  const pages = new Map<number, readonly Row[]>();
  const pageOf = (number: number) => {
    const page = pages.get(number) ?? readPage(number);
    pages.set(number, page);
    return page;
  };
  return {
    total,
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

export function windowOf<Row>(rows: Rows<Row>): RowWindow<Row> {
  return "read" in rows ? rows : { total: rows.length, read: (first, count) => rows.slice(first, first + count) };
}
