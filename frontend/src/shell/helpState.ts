// Whether the help on shortcuts is open.
import { ref } from "vue";

export const isHelpOpen = ref(false);
