// A matrix of groups and packages as columns of a table.
import type { Matrix as NamedMatrix, OverviewColumns } from "mes-compute";

import { compact, count, label } from "../figures/numbers";
import { fieldLabel } from "../words/fieldLabel";
import { i18n } from "../words/i18n";
import type { Column } from "./column";
import "./words";

const { t } = i18n.global;

/** Packages that are shown first. */
export const TOP = 15;
/** The last column has the edge of the table beside it, and the largest numbers. */
const [NAME_PX, QUANTITY_PX, OTHERS_PX] = [130, 72, 86];
/** Width of the columns that are shown first, px. */
export const REACH_PX = NAME_PX + (TOP + 1) * QUANTITY_PX + OTHERS_PX;
/** Depth of the largest cell. */
const DEEPEST = 0.34;

export type Matrix = OverviewColumns["matrix"];

/** A group and its place in the matrix. */
export interface GroupRow {
  name: string;
  place: number;
}

/** A matrix of names as a block; its codes are the places of its names. */
export function blockOf(named: NamedMatrix): Matrix {
  const { workcenters, packages } = named;
  const block = (width: number, rows: readonly string[], value: (row: string, place: number) => number) =>
    Float64Array.from({ length: rows.length * width }, (_, place) => value(rows[Math.floor(place / width)]!, place % width));
  return {
    groups: Uint32Array.from(workcenters.keys()),
    packages: Uint32Array.from(packages.keys()),
    qty: block(packages.length, workcenters, (group, place) => named.matrix[group]?.[packages[place]!] ?? 0),
    groupTotals: block(1, workcenters, (group) => named.workcenter_totals[group] ?? 0),
    packageTotals: block(1, packages, (name) => named.package_totals[name] ?? 0),
    grandTotal: named.grand_total,
  };
}

export const groupKey = ({ name }: GroupRow) => name;

export function groupRows({ groups }: Matrix, names: readonly string[]): GroupRow[] {
  return Array.from(groups, (code, place) => ({ name: names[code] ?? "", place }));
}

/** The group, its total, the packages (the first ones unless `wide`), and what the others have together: what is shown adds up. */
export function matrixColumns(matrix: Matrix, packages: readonly string[], wide: boolean): Column<GroupRow>[] {
  const { qty, groupTotals, packageTotals, grandTotal } = matrix;
  const width = matrix.packages.length;
  const shown = wide ? width : Math.min(width, TOP);
  // Not by spreading: there may be more cells than a call has arguments.
  const largest = qty.reduce((most, value) => Math.max(most, value), 1);

  const quantity = (key: string, name: string, value: (row: GroupRow) => number, total: number): Column<GroupRow> => ({
    key,
    label: name,
    value,
    num: true,
    width: QUANTITY_PX,
    text: (row) => (value(row) === 0 ? "" : compact(value(row))),
    titleOf: (row) => `${label(row.name)} · ${name}: ${count(value(row))}`,
    total,
  });
  const packageColumn = (code: number, place: number): Column<GroupRow> => {
    const value = (row: GroupRow) => qty[row.place * width + place] ?? 0;
    return {
      ...quantity(packageKey(packages[code] ?? ""), label(packages[code] ?? ""), value, packageTotals[place] ?? 0),
      opens: (row) => value(row) !== 0,
      // The root keeps small cells visible.
      shade: (row) => Math.sqrt(Math.max(0, value(row)) / largest) * DEEPEST,
    };
  };
  const sumOfShown = (row: GroupRow) => qty.subarray(row.place * width, row.place * width + shown).reduce((sum, value) => sum + value, 0);
  const totalOfShown = packageTotals.subarray(0, shown).reduce((sum, value) => sum + value, 0);
  const others = {
    ...quantity(
      "others",
      t("table.others", { n: count(width - shown) }),
      (row) => (groupTotals[row.place] ?? 0) - sumOfShown(row),
      grandTotal - totalOfShown,
    ),
    width: OTHERS_PX,
  };
  return [
    { key: "group", label: fieldLabel("hold_lots", "workcenter"), value: ({ name }) => name, width: NAME_PX, opens: () => true },
    { ...quantity("total", t("common.total"), ({ place }) => groupTotals[place] ?? 0, grandTotal), opens: () => true },
    ...Array.from(matrix.packages.subarray(0, shown), packageColumn),
    ...(shown < width ? [others] : []),
  ];
}

const PREFIX = "package ";

/** Keys of packages are distinct from those of the other columns. */
function packageKey(name: string): string {
  return PREFIX + name;
}

/** The package of a column; an empty text for the columns that have none. */
export function packageOf(column: { key: string }): string {
  return column.key.startsWith(PREFIX) ? column.key.slice(PREFIX.length) : "";
}
