// Lists of machines, which the core orders and of which rows are read when they come into view.
import type { EquipmentFilter, EquipmentRecord, EquipmentStore } from "mes-compute";

import { listWindow, PAGE, type RowWindow } from "./rowWindow";
import { orderOf, type Sort } from "./sort";

/** Machines that the core lists at once. */
const MOST = 500;

/** All machines that pass; `sort` names a field of a machine. */
export function machineList(
  store: Pick<EquipmentStore, "list">,
  filter: EquipmentFilter,
  sort: Sort | undefined,
): RowWindow<EquipmentRecord> {
  const read = (page: number, limit: number) => store.list({ filter, ...orderOf(sort), offset: (page - 1) * limit, limit });
  const { total, rows } = read(1, PAGE);
  return listWindow({ total, first: rows, most: MOST }, (page, size) => read(page, size).rows);
}
