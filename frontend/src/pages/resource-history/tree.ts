// Hours by workcenter group, family and machine, of one or of two sets of hours.
import type { DayRange, HistoryQuery, HistoryStore, HoursFigures } from "mes-compute";

import { fieldText } from "../../figures/fieldText";
import { change, difference, percent } from "../../figures/numbers";
import { HOUR_STATES, type HourState, stateColour } from "../../figures/states";
import type { Column } from "../../table/column";
import { pathOf } from "../../table/useTree";
import { machinePage } from "../../who/subjects";
import { fieldLabel } from "../../words/fieldLabel";
import { i18n } from "../../words/i18n";

const { t } = i18n.global;

export interface HoursNode {
  key: string;
  name: string;
  /** Undefined where only the other hours have it. */
  figures: HoursFigures | undefined;
  /** Of the hours that it is compared with. */
  other: HoursFigures | undefined;
  /** RESOURCEID of a machine. */
  machine?: string;
  children?: () => HoursNode[];
}

/** Fields that the levels are. */
export const LEVELS = ["workcenter", "family", "resource"] as const;

/** A question to hours. */
export interface Hours {
  store: Pick<HistoryStore, "tree" | "familyMachines">;
  query: HistoryQuery;
}

interface Pair<T> {
  key: string;
  first: T | undefined;
  second: T | undefined;
  /** The first one, or the second where there is none. */
  either: T;
}

/** Entries of two lists by key: those of the first list, then those that only the second has. */
function paired<T>(first: readonly T[] = [], second: readonly T[] = [], keyOf: (entry: T) => string): Pair<T>[] {
  const others = new Map(second.map((entry) => [keyOf(entry), entry]));
  const pairs = first.map((entry): Pair<T> => {
    const key = keyOf(entry);
    const other = others.get(key);
    others.delete(key);
    return { key, first: entry, second: other, either: entry };
  });
  return [...pairs, ...[...others].map(([key, entry]) => ({ key, first: undefined, second: entry, either: entry }))];
}

/** Groups with their families; machines are read when their family unfolds. */
export function treeOf(hours: Hours, other?: Hours): HoursNode[] {
  function machines(group: string, family: string | null): HoursNode[] {
    const read = ({ store, query }: Hours) => store.familyMachines({ hours: query, group, ...(family !== null && { family }) });
    return paired(read(hours), other && read(other), (machine) => machine.resource_id).map(({ key, first, second, either }) => ({
      key,
      name: either.resource ?? either.resource_id,
      machine: key,
      figures: first,
      other: second,
    }));
  }
  const read = ({ store, query }: Hours) => store.tree(query);
  return paired(read(hours), other && read(other), ({ workcenter }) => workcenter).map((group) => ({
    key: group.key,
    name: group.key,
    figures: group.first,
    other: group.second,
    children: () =>
      paired(group.first?.families, group.second?.families, ({ family }) => family ?? "").map(({ key, first, second, either }) => ({
        key,
        name: either.family ?? t("history.noFamily"),
        figures: first,
        other: second,
        children: () => machines(group.key, either.family),
      })),
  }));
}

/** Paths of all rows that unfold, whatever is chosen. */
export function branchesOf({ store, range }: { store: Pick<HistoryStore, "tree">; range: DayRange }): Set<string> {
  const groups = store.tree({ ...range, filter: {} });
  return new Set(
    groups.flatMap(({ workcenter, families }) => [workcenter, ...families.map(({ family }) => pathOf(workcenter, family ?? ""))]),
  );
}

/** The columns; behind each number its difference where two sets of hours are compared. */
export function treeColumns(isCompared: boolean): Column<HoursNode>[] {
  function columns(key: keyof HoursFigures, width: number, more: Partial<Column<HoursNode>> = {}): Column<HoursNode>[] {
    const label = fieldLabel("history", key);
    const column: Column<HoursNode> = {
      key,
      label,
      num: true,
      width,
      value: ({ figures }) => figures?.[key],
      text: ({ figures }) => fieldText("history", key, figures?.[key]),
      ...more,
    };
    const differs = ({ figures, other }: HoursNode) => difference(figures?.[key], other?.[key]);
    const name = t("history.differenceOf", { name: more.label ?? label });
    const changed: Column<HoursNode> = {
      key: `${key} difference`,
      label: name,
      hint: name,
      num: true,
      width: Math.max(92, Math.min(width, 110)),
      value: differs,
      text: (node) => change(differs(node)),
      titleOf: ({ figures, other }) => [figures, other].map((of) => fieldText("history", key, of?.[key])).join(" ↔ "),
    };
    return isCompared ? [column, changed] : [column];
  }
  const state = (name: HourState | "other", width: number) => {
    const code = name.toUpperCase();
    return columns(`${name}_hours`, width, {
      label: code,
      hint: fieldLabel("equipment_tree", code),
      colour: stateColour(code),
      detail: ({ figures }) => percent(figures?.[`${name}_pct`]),
    });
  };
  return [
    {
      key: "name",
      label: fieldLabel("history", "workcenter"),
      value: ({ name }) => name,
      width: 150,
      to: ({ machine }) => machinePage(machine),
    },
    ...columns("ou_pct", 80),
    ...columns("availability_pct", 110),
    ...HOUR_STATES.flatMap((name) => state(name, name === "prd" ? 132 : 118)),
    ...state("other", 98),
    ...columns("total_hours", 94),
    ...columns("machine_count", 84),
  ];
}
