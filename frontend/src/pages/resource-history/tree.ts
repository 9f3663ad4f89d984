// Hours by workcenter group, family and machine.
import type { HistoryQuery, HistoryStore, HoursFigures } from "mes-compute";

import { percent } from "../../figures/numbers";
import { HOUR_STATES, type HourState, stateColour } from "../../figures/states";
import { type Column, fieldColumn } from "../../table/column";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

export interface HoursNode extends HoursFigures {
  key: string;
  name: string;
  children?: () => HoursNode[];
}

/** Groups with their families; machines are read when their family unfolds. */
export function treeOf(store: Pick<HistoryStore, "tree" | "familyMachines">, query: HistoryQuery): HoursNode[] {
  const machines = (group: string, family: string | null) =>
    store
      .familyMachines({ hours: query, group, ...(family !== null && { family }) })
      .map((machine): HoursNode => ({ ...machine, key: machine.resource_id, name: machine.resource ?? machine.resource_id }));
  return store.tree(query).map((group) => ({
    ...group,
    key: group.workcenter,
    name: group.workcenter,
    children: () =>
      group.families.map((family) => ({
        ...family,
        key: family.family ?? "",
        name: family.family ?? t("history.noFamily"),
        children: () => machines(group.workcenter, family.family),
      })),
  }));
}

export function treeColumns(): Column<HoursNode>[] {
  const column = (key: keyof HoursFigures, width: number, more: Partial<Column<HoursNode>> = {}) =>
    fieldColumn<HoursNode>("history", key, { width, ...more });
  const state = (name: HourState | "other", width: number) => {
    const code = name.toUpperCase();
    return column(`${name}_hours`, width, {
      label: code,
      hint: fieldLabel("equipment_tree", code),
      colour: stateColour(code),
      detail: (node) => percent(node[`${name}_pct`]),
    });
  };
  return [
    { key: "name", label: fieldLabel("history", "workcenter"), value: ({ name }) => name, width: 150 },
    column("ou_pct", 80),
    column("availability_pct", 110),
    ...HOUR_STATES.map((name) => state(name, name === "prd" ? 132 : 118)),
    state("other", 98),
    column("total_hours", 94),
    column("machine_count", 84),
  ];
}
