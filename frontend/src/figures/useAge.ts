// Ages as texts, for sentences that contain one.
import { language } from "../theme/preferences";
import { age } from "./numbers";
import { useNow } from "./useNow";

/** The age of a moment in ISO 8601, which ticks; a dash for none. */
export function useAge(): (moment: string | null | undefined) => string {
  const now = useNow();
  return (moment) => (moment ? age(Math.max(0, now.value - Date.parse(moment)), language.value) : "–");
}
