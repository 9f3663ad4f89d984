// Whether the search is open, and with which text.
import { ref } from "vue";

/** What is typed; undefined while the search is closed. */
export const searched = ref<string>();

export function openSearch(text = ""): void {
  searched.value = text;
}
