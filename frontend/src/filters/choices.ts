// Choices of a filter list.

export interface Choice {
  name: string;
  label?: string;
  lots: number;
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
