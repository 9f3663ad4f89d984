// The filters of a page at work: its state from the address, its query, and what its filter bar needs.
import type { Explanation } from "mes-compute";
import { computed, provide, toRaw } from "vue";
import { useRoute } from "vue-router";

import { ADDRESS_CHECK, type Unusable } from "../panel/address";
import type { Chip, Filters, FilterSet, StateOf } from "./filterSet";
import { sayFacts } from "./shownFacts";
import { steady } from "./steady";
import type { Known } from "./unusable";
import { queryOf, useUrlState } from "./urlState";

/** What `FilterBar` takes: `<FilterBar v-bind="bar" />`. */
export interface Bar {
  filters: Filters;
  state: Record<string, unknown>;
  chips: readonly Chip[];
  onSet: (key: string, value: unknown) => void;
  onRelax: (key: string) => void;
  onClear: () => void;
}

/** Nothing passes the filters; `blame` alone removes most. */
export interface Nothing {
  blame: { key: string; label: string; removed: number } | undefined;
}

/** A name that was there once is not reported while it comes and goes with the data. */
function remembered<F>(known: Known<F>): Known<F> {
  const seen = new Set<string>();
  const check = (key: string, isKnown: (name: string) => boolean | undefined) => (name: string) => {
    if (seen.has(`${key} ${name}`)) return true;
    const found = isKnown(name);
    if (found) seen.add(`${key} ${name}`);
    return found;
  };
  type Check = (name: string) => boolean | undefined;
  return Object.fromEntries(Object.entries<Check>(known as Record<string, Check>).map(([key, one]) => [key, check(key, one)])) as Known<F>;
}

/** `known` tells which names the data has; `PageFrame` shows what of the address can't be used. */
export function useFilters<F extends Filters, Query>(set: FilterSet<F, Query>, known: Known<F> = {}) {
  const route = useRoute();
  const { state, set: change } = useUrlState<StateOf<F>>(set.codec);
  const names = remembered(known);
  const unusable = steady(() => set.unusable(queryOf(route), names));
  function without(missing: readonly Unusable[]): Partial<StateOf<F>> {
    const isMissing = (key: string, name: unknown) => missing.some((one) => one.key === key && one.value === name);
    const entries = Object.entries(state.value).map(([key, value]) =>
      Array.isArray(value)
        ? [key, value.filter((name) => !isMissing(key, name))]
        : [key, isMissing(key, value) ? set.filters[key]!.empty : value],
    );
    return Object.fromEntries(entries) as Partial<StateOf<F>>;
  }
  provide(ADDRESS_CHECK, { found: unusable, repair: () => change(without(unusable.value), true) });
  const query = steady(() => set.query(state.value));
  /** The query without one filter: for what that filter is chosen from. */
  const queryWithout = (key: keyof F & string) => steady(() => set.query({ ...state.value, [key]: set.filters[key]!.empty }));
  const chips = steady(() => set.chips(state.value));
  sayFacts(() => set.words(state.value));
  const relax = (key: string) => change(set.relaxed(key));
  const clear = () => change(set.cleared);

  const bar = computed<Bar>(() => ({
    filters: set.filters,
    state: state.value,
    chips: chips.value,
    onSet: (key, value) => change({ [key]: toRaw(value) } as Partial<StateOf<F>>),
    onRelax: (key) => change({ [key]: set.filters[key]!.empty } as Partial<StateOf<F>>),
    onClear: clear,
  }));

  /** For `PageFrame`: which filter is to blame when nothing is left. */
  function nothingOf(explanation: Explanation | undefined): Nothing | undefined {
    if (explanation?.remaining !== 0) return undefined;
    const most = explanation.removals.filter(({ removed }) => removed > 0).toSorted((a, b) => b.removed - a.removed)[0];
    const found = most && set.named(most.filter);
    return { blame: found && { ...found, removed: most.removed } };
  }

  return { state, query, queryWithout, bar, set: change, relax, clear, nothingOf };
}
