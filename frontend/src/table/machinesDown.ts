// Machines that stand still, as columns: the same on every page that lists them.
import type { EquipmentRecord } from "mes-compute";

import { elapsedSecs, waited } from "../figures/numbers";
import { i18n } from "../words/i18n";
import { type Column, fieldColumn } from "./column";

const { t } = i18n.global;

/** Status category of the machines that are down, as sites map their states. */
export const DOWN = "DOWN";

/** Keys of the columns. */
export const DOWN_KEYS = ["name", "status", "group", "job", "opened", "open"] as const;
export type DownKey = (typeof DOWN_KEYS)[number];

/** `now` is the plant's time: a job is open until then. */
export function downColumns(now: string | null | undefined): Record<DownKey, Column<EquipmentRecord>> {
  const column = (key: DownKey, field: keyof EquipmentRecord, width: number, more: Partial<Column<EquipmentRecord>> = {}) =>
    fieldColumn<EquipmentRecord>("equipment", field, { key, width, ...more });
  const openSecs = ({ CREATEDATE }: EquipmentRecord) => elapsedSecs(CREATEDATE, now);
  return {
    name: column("name", "RESOURCENAME", 110, { text: ({ RESOURCENAME, RESOURCEID }) => RESOURCENAME ?? RESOURCEID }),
    status: column("status", "EQUIPMENTASSETSSTATUS", 136, {
      titleOf: (row) => [row.EQUIPMENTASSETSSTATUS, row.EQUIPMENTASSETSSTATUSREASON].filter(Boolean).join(" · "),
    }),
    group: column("group", "WORKCENTER_GROUP", 110),
    job: column("job", "JOBORDER", 130, {
      titleOf: (row) => [row.JOBORDER, row.JOBMODEL, row.JOBSTATUS, row.SYMPTOMCODE].filter(Boolean).join(" · ") || "–",
    }),
    opened: column("opened", "CREATEDATE", 130),
    open: {
      key: "open",
      label: t("machines.openFor"),
      unit: "s",
      num: true,
      width: 104,
      value: openSecs,
      text: (row) => {
        const seconds = openSecs(row);
        return seconds === undefined ? "–" : waited(seconds);
      },
    },
  };
}

/** The machines whose job is open longest first, those without job last; of equal ones in the core's order. */
export function longestDown(machines: readonly EquipmentRecord[], now: string | null | undefined): EquipmentRecord[] {
  const open = ({ CREATEDATE }: EquipmentRecord) => elapsedSecs(CREATEDATE, now) ?? -1;
  return machines.toSorted((a, b) => open(b) - open(a));
}
