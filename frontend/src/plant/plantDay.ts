// The plant's day: that of its newest data; where there is none, this computer's.
import { computed } from "vue";

import { livePlant } from "./livePlant";

/** `YYYY-MM-DD` */
export const plantDay = computed(
  () =>
    livePlant.status.wip.info?.sysDate?.slice(0, 10) ??
    new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10),
);
