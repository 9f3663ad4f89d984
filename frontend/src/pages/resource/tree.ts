// The tree of machines: group → family → machine, with the machines in each state.
import type { CellFilter, EquipmentFilter, EquipmentStore, MachineNode, State, StateColumns } from "mes-compute";

import { count, percent } from "../../figures/numbers";
import { stateColour, STATES } from "../../figures/states";
import type { Column } from "../../table/column";
import { pathOf } from "../../table/useTree";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

/** A group, a family or a machine. */
export interface TreeNode {
  key: string;
  name: string;
  cell: CellFilter;
  /** Of groups and families. */
  counts?: StateColumns;
  ouPct?: number | null;
  machine?: MachineNode;
  children?: () => TreeNode[];
}

/** Fields that the levels are. */
export const LEVELS = ["WORKCENTER_GROUP", "RESOURCEFAMILYNAME", "RESOURCENAME"] as const;

/** Groups with their families; machines are read when their family unfolds. */
export function treeOf(store: Pick<EquipmentStore, "tree" | "treeMachines">, filter: EquipmentFilter): TreeNode[] {
  const machineNode = (group: string, family: string) => (machine: MachineNode) => ({
    key: machine.resourceId,
    name: machine.name ?? machine.resourceId,
    cell: { group, family, resourceId: machine.resourceId },
    machine,
  });
  return store.tree(filter).map(({ name: group, families, counts, ouPct }) => ({
    key: group,
    name: group,
    cell: { group },
    counts,
    ouPct,
    children: () =>
      families.map(({ name: family, counts, ouPct }) => ({
        key: family,
        name: family,
        cell: { group, family },
        counts,
        ouPct,
        children: () => store.treeMachines({ filter, group, family }).map(machineNode(group, family)),
      })),
  }));
}

/** Paths of all rows that unfold, whatever is chosen. */
export function branchesOf(store: Pick<EquipmentStore, "tree">): Set<string> {
  return new Set(store.tree({}).flatMap(({ name, families }) => [name, ...families.map((family) => pathOf(name, family.name))]));
}

export function treeColumns(): Column<TreeNode>[] {
  const state = (code: State): Column<TreeNode> => ({
    key: code,
    label: code,
    hint: fieldLabel("equipment_tree", code),
    colour: stateColour(code),
    num: true,
    width: code === "OTHER" ? 78 : 57,
    value: ({ counts, machine }) => (counts ? counts[code] : machine?.column === code ? code : ""),
    text: ({ counts, machine }) => (counts ? count(counts[code]) : machine?.column === code ? code : ""),
    ink: ({ counts, machine }) => (machine ? stateColour(code) : counts?.[code] === 0 ? "var(--text-2)" : undefined),
    opens: ({ counts }) => (counts?.[code] ?? 0) > 0,
  });
  return [
    { key: "name", label: fieldLabel("equipment", "WORKCENTER_GROUP"), value: ({ name }) => name, width: 134, opens: () => true },
    // Beside the name, so that no width of the page cuts it off.
    {
      key: "ouPct",
      label: fieldLabel("equipment_tree", "ouPct"),
      num: true,
      width: 92,
      value: ({ ouPct, machine }) => ouPct ?? machine?.reason ?? machine?.status,
      text: ({ ouPct, machine }) => (machine ? (machine.reason ?? machine.status ?? "") : percent(ouPct)),
    },
    ...STATES.map(state),
    {
      key: "total",
      label: t("common.total"),
      num: true,
      width: 68,
      value: ({ counts }) => counts?.total,
      text: ({ counts }) => (counts ? count(counts.total) : ""),
    },
  ];
}

/** The cell of the tree that a column of a row stands for; undefined for a column that filters nothing. */
export function cellOf({ cell, machine }: TreeNode, { key }: { key: string }): CellFilter | undefined {
  if (machine) return undefined;
  if (key === "name") return cell;
  const column = STATES.find((state) => state === key);
  return column && { ...cell, column };
}

/** Whether two cells are the same one; a selection at one level never stands for another level. */
export function sameCell(a: CellFilter | undefined, b: CellFilter | undefined): boolean {
  return a !== undefined && a.group === b?.group && a.family === b?.family && a.resourceId === b?.resourceId && a.column === b?.column;
}
