// What the core decides once and pages have to know: levels of OU %, states, the longest range.
import type { Facts } from "mes-compute";
import { shallowRef } from "vue";

const known = shallowRef<Facts>();

/** Takes the facts from the engine, once it runs. */
export function takeFacts(facts: Facts): void {
  known.value = facts;
}

/** The facts; undefined until the engine runs. */
export function factsOf(): Facts | undefined {
  return known.value;
}
