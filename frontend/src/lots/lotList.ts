// Lists of lots: their columns by the field contract, and the rows that are in view.
import type { FieldNames, LotsPage, LotsQuery, SpecTotals, Totals } from "mes-compute";
import type { ComputedRef } from "vue";

import { fieldKeys } from "../contract/fields";
import { count } from "../figures/numbers";
import { useLots } from "../plant/useStores";
import { type Column, fieldColumn } from "../table/column";
import { listWindow, PAGE, type RowWindow } from "../table/rowWindow";

/** A lot as fields of the contract's dataset `lot`. */
export type LotRow = LotsPage["lots"][number];

export type LotField = FieldNames["lot"];

export interface LotList {
  totals: Totals;
  /** Keys of the fields that this browser holds. */
  fields: readonly string[];
  specs: readonly SpecTotals[];
  rows: RowWindow<LotRow>;
}

/** Lots that the core lists at once. */
const MOST = 500;

/** Which lots, in which order. */
export type LotsAsked = Omit<LotsQuery, "page" | "pageSize">;

/** The lots that are asked for; they are read when they come into view. */
export function useLotList(asked: () => LotsAsked | undefined): ComputedRef<LotList | undefined> {
  return useLots((store) => {
    const query = asked();
    if (!query) return undefined;
    const { totals, specs, lots } = store.lots({ ...query, page: 1, pageSize: PAGE });
    const read = (page: number, pageSize: number) => store.lots({ ...query, page, pageSize }).lots;
    const rows = listWindow({ total: totals.lots, first: lots, most: MOST }, read);
    return { totals, specs, fields: Object.keys(lots[0] ?? {}), rows };
  });
}

const WIDTHS: Record<string, number> = {
  lotId: 185,
  workorder: 120,
  wipStatus: 80,
  qty: 80,
  ageByDays: 80,
  specSequence: 80,
  workcenterGroup: 120,
  packageLef: 120,
  pjType: 120,
  spec: 150,
  equipment: 120,
  holdReason: 150,
  holdDept: 130,
  holdComment: 240,
  dataUpdateDate: 130,
};

/** The columns that are `shown` at first, and those of all other fields that lots have, in the order of the contract. */
export function lotColumns(shown: readonly LotField[], { fields, totals }: Pick<LotList, "fields" | "totals">): Column<LotRow>[] {
  const column = (key: string, isExtra: boolean) =>
    fieldColumn<LotRow>("lot", key, {
      width: WIDTHS[key] ?? 100,
      isExtra,
      ...(key === "qty" && { total: totals.qtyPcs }),
    });
  const others = fieldKeys("lot").filter((key) => fields.includes(key) && !shown.some((other) => other === key));
  return [...shown.map((key) => column(key, false)), ...others.map((key) => column(key, true))];
}

const SPEC_PX = 96;

/** Width of the columns that are `shown` at first and of `specs` columns of specs, px. */
export function reachOf(shown: readonly LotField[], specs: number): number {
  return shown.reduce((sum, key) => sum + (WIDTHS[key] ?? 100), 0) + specs * SPEC_PX;
}

/** A column for each spec in sequence: a lot's pieces stand under its spec. */
export function specColumns(specs: readonly SpecTotals[]): Column<LotRow>[] {
  return specs.map(({ spec, sequence, qty }) => {
    const isHere = (row: LotRow) => row.spec === spec && row.specSequence === sequence;
    return {
      key: `spec ${sequence ?? ""} ${spec}`,
      label: spec,
      num: true,
      width: SPEC_PX,
      value: (row) => (isHere(row) ? row.qty : null),
      text: (row) => (isHere(row) ? count(row.qty as number) : ""),
      total: qty,
      isFixed: true,
      isUnsortable: true,
    };
  });
}
