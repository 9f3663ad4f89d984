// Choices of a filter list.
import type { Facet, FacetColumns, NameCount } from "mes-compute";

export interface Choice {
  name: string;
  label?: string;
  /** Rows that choosing it leaves. */
  count: number;
}

/** Choices of a facet of the lots, most lots first; `names` are those of its codes. */
export function lotChoices(facet: FacetColumns | undefined, names: readonly string[]): Choice[] {
  if (!facet) return [];
  return Array.from(facet.codes, (code, place) => ({ name: names[code] ?? "", count: facet.lots[place] ?? 0 })).sort(
    (a, b) => b.count - a.count,
  );
}

/** Choices of a facet with names, in the core's order. */
export function namedChoices(facet: readonly Facet[] | undefined): Choice[] {
  return (facet ?? []).map(({ name, lots }) => ({ name, count: lots }));
}

/** Choices of a facet of the machines, in the core's order. */
export function machineChoices(facet: readonly NameCount[] | undefined, labelOf?: (name: string) => string): Choice[] {
  return (facet ?? []).map(({ name, count }) => ({ name, count, ...(labelOf && { label: labelOf(name) }) }));
}

/** What is chosen stays listed, also without rows. */
export function withChosen(choices: readonly Choice[], chosen: readonly string[]): Choice[] {
  const missing = chosen.filter((name) => !choices.some((choice) => choice.name === name));
  return [...choices, ...missing.map((name) => ({ name, count: 0 }))];
}

/** The choices that contain what is typed. A name that is empty is missing: it can't be chosen. */
export function matching(choices: readonly Choice[], typed: string): Choice[] {
  const text = typed.trim().toLowerCase();
  const seen = new Set<string>();
  return choices.filter(({ name, label }) => {
    if (name === "" || seen.has(name) || !(label ?? name).toLowerCase().includes(text)) return false;
    seen.add(name);
    return true;
  });
}
