// The plant's day: that of its newest data, or of the server's clock before the first data.
import { computed } from "vue";

import { serverClock } from "../contract/serverClock";
import { livePlant } from "./livePlant";

/** `YYYY-MM-DD` */
export const plantDay = computed(
  () =>
    livePlant.status.wip.info?.sysDate?.slice(0, 10) ??
    new Date(serverClock.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10),
);

/** Whether that day is known, or won't be for a while: its data came, or can't be had. */
export const isPlantDayKnown = computed(() => livePlant.status.wip.info !== undefined || livePlant.status.wip.problem !== undefined);
