// What holds for the rows of a page in words, for files of its tables: its filters, and what else a page says.
import { inject, type InjectionKey, provide } from "vue";

export interface ShownFact {
  label: string;
  value: string;
}

const FACTS: InjectionKey<() => readonly ShownFact[]> = Symbol("facts");

/** For all tables inside of the part that calls it; what was said around it no longer holds. */
export function sayFacts(facts: () => readonly ShownFact[]): void {
  provide(FACTS, facts);
}

/** The facts around it without some of them, for rows that don't follow these filters. */
export function sayFactsWithout(labels: () => readonly string[]): void {
  const around = useShownFacts();
  sayFacts(() => around().filter(({ label }) => !labels().includes(label)));
}

export function useShownFacts(): () => readonly ShownFact[] {
  return inject(FACTS, () => []);
}
