/** One column of a table of rows. */
export interface Column<Row> {
  key: string;
  label: string;
  /** What its cell shows; NULL and empty texts are shown as a dash. */
  value: (row: Row) => string | number | null | undefined;
  /** Numbers stand at the right. */
  num?: boolean;
  /** Least width in px; 90 when not given. */
  width?: number;
}
