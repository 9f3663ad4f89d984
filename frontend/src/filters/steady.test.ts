import { computed, ref } from "vue";
import { expect, test } from "vitest";

import { steady } from "./steady";

test("what depends on a value is computed again only when its content changes", () => {
  const state = ref({ reason: "PM", sort: "hours" });
  const filter = steady(() => ({ reasons: [state.value.reason] }));
  let asked = 0;
  const answer = computed(() => [filter.value, (asked += 1)]);
  expect(answer.value).toEqual([{ reasons: ["PM"] }, 1]);
  state.value = { reason: "PM", sort: "from" };
  expect(answer.value).toEqual([{ reasons: ["PM"] }, 1]);
  state.value = { reason: "CAL", sort: "from" };
  expect(answer.value).toEqual([{ reasons: ["CAL"] }, 2]);
});
