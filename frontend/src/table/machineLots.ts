// Columns of the lots on a machine.
import type { LotOnMachine } from "mes-compute";

import { lotPage } from "../who/subjects";
import { type Column, fieldColumn } from "./column";

export function machineLotColumns(): Column<LotOnMachine>[] {
  const column = (key: keyof LotOnMachine, width: number) => fieldColumn<LotOnMachine>("machine_lot", key, { width });
  return [
    { ...column("RUNCARDLOTID", 170), to: ({ RUNCARDLOTID }) => lotPage(RUNCARDLOTID) },
    column("LOTTRACKINQTY_PCS", 110),
    column("LOTTRACKINTIME", 140),
    column("LOTTRACKINEMPLOYEE", 110),
  ];
}
