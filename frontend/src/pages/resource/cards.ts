// Cards of machines by workcenter group: their lines, and where keys lead.
import type { EquipmentRecord, GroupStates } from "mes-compute";

import { stateFigures } from "../../figures/machineFigures";
import type { StateFigure } from "../../figures/figure";
import { fieldLabel } from "../../words/fieldLabel";
import { nameOf } from "./resource";

/** Least width of a card, and heights of lines with the gap below them, px. */
export const CARD_PX = 132;
export const LINE_PX = 66;
export const HEADING_PX = 42;

/** A heading with the states of its group, or a line of cards: machines of the list from `first` on. */
export type Line =
  { kind: "heading"; group: string; total: number; states: readonly StateFigure[] } | { kind: "cards"; first: number; length: number };

export interface Place {
  line: number;
  /** The card that the keyboard wants; a shorter line has its last one instead. */
  column: number;
}

/** The lines of groups whose machines follow each other in a list. */
export function linesOf(groups: readonly GroupStates[], columns: number): Line[] {
  const lines: Line[] = [];
  let first = 0;
  for (const { workcenter_group: group, total, ...states } of groups) {
    lines.push({ kind: "heading", group, total, states: stateFigures(states).filter(({ share }) => share > 0) });
    for (let at = 0; at < total; at += columns) lines.push({ kind: "cards", first: first + at, length: Math.min(columns, total - at) });
    first += total;
  }
  return lines;
}

const cellsOf = (line: Line | undefined) => (line?.kind === "cards" ? line.length : 1);

/** The card of a line that a wanted column means. */
export function columnIn(line: Line | undefined, column: number): number {
  return Math.max(0, Math.min(column, cellsOf(line) - 1));
}

/** Where a key leads from a place; undefined for a key that moves nothing. */
export function moved(lines: readonly Line[], { line, column }: Place, key: string, linesOnPage: number): Place | undefined {
  const shown = columnIn(lines[line], column);
  const to = (next: number, wanted = column): Place => ({ line: Math.max(0, Math.min(lines.length - 1, next)), column: wanted });
  const steps: Record<string, () => Place> = {
    ArrowRight: () =>
      shown + 1 < cellsOf(lines[line]) || line + 1 >= lines.length ? to(line, columnIn(lines[line], shown + 1)) : to(line + 1, 0),
    ArrowLeft: () => (shown > 0 || line === 0 ? to(line, Math.max(0, shown - 1)) : to(line - 1, columnIn(lines[line - 1], Infinity))),
    ArrowDown: () => to(line + 1),
    ArrowUp: () => to(line - 1),
    PageDown: () => to(line + linesOnPage),
    PageUp: () => to(line - linesOnPage),
    Home: () => to(0, 0),
    End: () => to(lines.length - 1, columnIn(lines.at(-1), Infinity)),
  };
  return steps[key]?.();
}

/** What a card says in full: name, state with its meaning and reason, and the open job. */
export function cardText(machine: EquipmentRecord): string {
  const { EQUIPMENTASSETSSTATUS: code, EQUIPMENTASSETSSTATUSREASON: reason, E10_STATE: column, JOBORDER: job } = machine;
  const order = job?.trim() && `${fieldLabel("equipment", "JOBORDER")} ${job.trim()}`;
  return [nameOf(machine), code ?? "–", fieldLabel("equipment_tree", column), reason, order].filter(Boolean).join(" · ");
}

/** What stands behind the state on a card: a site's own code, and the reason. */
export function cardDetail({
  EQUIPMENTASSETSSTATUS: code,
  EQUIPMENTASSETSSTATUSREASON: reason,
  E10_STATE: column,
}: EquipmentRecord): string {
  return [code === column ? undefined : (code ?? "–"), reason].filter(Boolean).join(" · ");
}
