// What of the address of a page can't be used: the page says so, and offers the address without it.
import { computed, type ComputedRef, inject, type InjectionKey } from "vue";
import { type LocationQuery, useRoute, useRouter } from "vue-router";

export interface Unusable {
  /**
   * No name of this page, no value of its filter, not in the data, given more than once, or without
   * effect beside the other values.
   */
  why: "unknown" | "invalid" | "missing" | "repeated" | "idle";
  /** Of the filter, or as in the address. */
  name: string;
  value: string;
  /** The filter whose value is missing. */
  key?: string;
}

export interface AddressCheck {
  found: ComputedRef<readonly Unusable[]>;
  /** Goes to the address without what can't be used. */
  repair: () => void;
}

/** Whether a name belongs to the shell, on every page: a kiosk with its pages, a theme and language, a moment, a code for a long query. */
export function isOfShell(name: string, query: LocationQuery): boolean {
  return ["kiosk", "theme", "lang", "at", "v"].includes(name) || (name === "page" && "kiosk" in query);
}

/** Provided by a page that reads its address. */
export const ADDRESS_CHECK: InjectionKey<AddressCheck> = Symbol("address");

/** The check of the page; one that reads nothing of its address can use nothing of it. */
export function useAddressCheck(): AddressCheck {
  const given = inject(ADDRESS_CHECK, undefined);
  if (given) return given;
  const route = useRoute();
  const router = useRouter();
  return {
    found: computed(() => {
      const unknown = Object.keys(route.query).filter((name) => !isOfShell(name, route.query));
      return unknown.map((name): Unusable => ({ why: "unknown", name, value: "" }));
    }),
    repair() {
      const known = Object.entries(route.query).filter(([name]) => isOfShell(name, route.query));
      void router.replace({ query: Object.fromEntries(known) });
    },
  };
}
