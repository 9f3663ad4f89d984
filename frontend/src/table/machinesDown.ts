// Machines that stand still, as columns: the same on every page that lists them.
import type { EquipmentRecord } from "mes-compute";

import { elapsedSecs, waited } from "../figures/numbers";
import { i18n } from "../words/i18n";
import { type Column, fieldColumn } from "./column";
import type { Sort } from "./sort";

const { t } = i18n.global;

/** Status category of the machines that are down, as sites map their states. */
export const DOWN = "DOWN";

/** The field of a machine that each column shows. */
const FIELDS = {
  name: "RESOURCENAME",
  status: "EQUIPMENTASSETSSTATUS",
  group: "WORKCENTER_GROUP",
  job: "JOBORDER",
  opened: "CREATEDATE",
  open: "CREATEDATE",
} as const satisfies Record<string, keyof EquipmentRecord>;
export type DownKey = keyof typeof FIELDS;
/** Keys of the columns. */
export const DOWN_KEYS = Object.keys(FIELDS) as DownKey[];
/** The machines whose job is open longest first, those without job last. */
export const LONGEST_FIRST = { key: "open", descending: true } as const satisfies Sort & { key: DownKey };

/** An order of the columns as one of fields: what is open longest was opened first. */
export function downOrder(sort: Sort | undefined): Sort | undefined {
  if (!sort) return undefined;
  return { key: FIELDS[sort.key as DownKey], descending: sort.descending !== (sort.key === LONGEST_FIRST.key) };
}

/** `now` is the plant's time: a job is open until then. */
export function downColumns(now: string | null | undefined): Record<DownKey, Column<EquipmentRecord>> {
  const column = (key: DownKey, width: number, more: Partial<Column<EquipmentRecord>> = {}) =>
    fieldColumn<EquipmentRecord>("equipment", FIELDS[key], { key, width, ...more });
  const openSecs = ({ CREATEDATE }: EquipmentRecord) => elapsedSecs(CREATEDATE, now);
  return {
    name: column("name", 110, { text: ({ RESOURCENAME, RESOURCEID }) => RESOURCENAME ?? RESOURCEID }),
    status: column("status", 136, {
      titleOf: (row) => [row.EQUIPMENTASSETSSTATUS, row.EQUIPMENTASSETSSTATUSREASON].filter(Boolean).join(" · "),
    }),
    group: column("group", 110),
    job: column("job", 130, {
      titleOf: (row) => [row.JOBORDER, row.JOBMODEL, row.JOBSTATUS, row.SYMPTOMCODE].filter(Boolean).join(" · ") || "–",
    }),
    opened: column("opened", 130),
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
