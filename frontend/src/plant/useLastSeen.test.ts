import { expect, it } from "vitest";
import { ref } from "vue";

import { useLastSeen } from "./useLastSeen";

it("keeps what was there last, of the same thing only", () => {
  const key = ref("A");
  const value = ref<number | null>();
  const seen = useLastSeen(key, value);
  expect(seen.value).toBeUndefined();
  value.value = 1;
  expect(seen.value).toBe(1);
  value.value = null;
  expect(seen.value).toBe(1);
  key.value = "B";
  expect(seen.value).toBeUndefined();
  key.value = "A";
  expect(seen.value).toBeUndefined();
});
