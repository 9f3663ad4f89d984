// The plant as it was: versions of a shift that the server kept, shown in the stores of all pages.
import { type MesError, MemoryStore, type ShiftInfo, type ShownTable } from "mes-compute";
import { computed, shallowRef } from "vue";

import { type Data, get } from "../contract/api";
import { asMesError, livePlant } from "./livePlant";

type Index = Data<"/api/memory">;
export type KeptShift = Index["shifts"][number];

/** A moment as an address has it: `2026-11-20T07:30`, with seconds unless they are 0. */
export function momentInAddress(moment: string): string {
  return moment.replace(" ", "T").replace(/^(.{16}):00$/, "$1");
}
/** The same moment as the plant writes it: `2026-11-20 07:30:00`; undefined when it is none. */
export function momentOf(address: string): string | undefined {
  const found = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?$/.exec(address);
  return found ? `${found[1]} ${found[2]}${found[3] ?? ":00"}` : undefined;
}

/** Why there is nothing to show of a moment. */
export type Nothing = "nonsense" | "disabled" | "notKept";

export interface Past {
  /** The moment that is asked for, as the address has it. */
  asked: string;
  /** The same, plant time; the text of the address where that is no moment. */
  moment: string;
  shift: KeptShift | undefined;
  info: ShiftInfo | undefined;
  shown: readonly ShownTable[];
  loading: boolean;
  nothing: Nothing | undefined;
  problem: MesError | undefined;
}

/** What is known of a table at a moment: where the gap lies that the moment is in, if it is in one. */
export function gapAt(spans: readonly { from: string; until: string }[], moment: string): { after?: string; before?: string } | undefined {
  const before = spans.findLast(({ from }) => from <= moment);
  const after = spans.find(({ from }) => from > moment);
  return before && before.until >= moment ? undefined : { after: before?.until, before: after?.from };
}

/** The table that says whether each of them is known. */
const TABLES = { lots: "wip", machines: "equipment" } as const;

/** Of what nothing is known at the moment that is shown. The core decides that: the last record of a table counts for a while. */
export function gapsOf({ info, moment, loading, nothing, shown }: Past): { what: keyof typeof TABLES; after?: string; before?: string }[] {
  if (!info || loading || nothing) return [];
  const isKnown = (what: keyof typeof TABLES) => shown.some(({ dataset, isKnown: known }) => dataset === TABLES[what] && known);
  const unknown = (["lots", "machines"] as const).filter((what) => !isKnown(what));
  return unknown.map((what) => ({ what, ...gapAt(info[what], moment) }));
}

function createPast() {
  const past = shallowRef<Past>();
  let memory: MemoryStore | undefined;
  let index: Index | undefined;
  /** Begin of the shift that is loaded. */
  let loaded: { from: string; info: ShiftInfo } | undefined;
  /** Counts journeys: only the last one may arrive. */
  let journey = 0;

  /** The shift of a moment; undefined where no version of it is kept. */
  async function keptShift(moment: string): Promise<KeptShift | undefined> {
    const find = () => index?.shifts.find(({ from, until }) => from <= moment && moment < until);
    if (!find()) index = (await get(await livePlant.client, "/api/memory", {})).data;
    return find();
  }

  /** Loads a shift, again where it is on: it has grown since it was loaded. */
  async function infoOf(shift: KeptShift, moment: string): Promise<ShiftInfo> {
    if (loaded && loaded.from === shift.from && (loaded.info.moments.at(-1) ?? "") > moment) return loaded.info;
    memory ??= new MemoryStore();
    const info = await memory.update(await livePlant.client, momentInAddress(shift.from), false, undefined);
    loaded = { from: shift.from, info };
    return info;
  }

  /** A moment will be asked for: nothing of now is shown until then. */
  function expect(): void {
    void livePlant.leaveNow();
  }

  async function travel(asked: string): Promise<void> {
    journey += 1;
    const own = journey;
    const moment = momentOf(asked);
    const before = past.value;
    const change = (what: Partial<Past>) => {
      if (own === journey && past.value) past.value = { ...past.value, ...what };
    };
    past.value = {
      asked,
      moment: moment ?? asked,
      shift: before?.shift,
      info: before?.info,
      shown: before?.shown ?? [],
      loading: true,
      nothing: undefined,
      problem: undefined,
    };
    try {
      await livePlant.leaveNow();
      if (moment === undefined) return change({ nothing: "nonsense", loading: false });
      const shift = await keptShift(moment);
      if (own !== journey) return;
      if (!shift) return change({ shift, nothing: index?.enabled ? "notKept" : "disabled", loading: false });
      const info = await infoOf(shift, moment);
      if (own !== journey) return;
      change({ shift, info });
      show(moment);
      change({ loading: false });
    } catch (failure) {
      change({ problem: asMesError(failure), loading: false });
    }
  }

  function show(moment: string): void {
    if (!memory || !past.value) return;
    const shown = livePlant.showKept((lots, machines) => memory!.show(moment, lots, machines));
    past.value = { ...past.value, moment, shown };
  }

  /** Shows another moment of the shift that is loaded, at once. */
  function glance(moment: string): void {
    if (loaded && past.value?.shift?.from === loaded.from) show(moment);
  }

  /** Back to what is live. */
  function leave(): void {
    if (!past.value) return;
    journey += 1;
    past.value = undefined;
    loaded = undefined;
    memory?.free();
    memory = undefined;
    livePlant.backToNow();
  }

  /** Shifts that are kept, oldest first; empty until they were asked for. */
  const shifts = computed(() => (past.value ? (index?.shifts ?? []) : []));
  return { past, shifts, keptShift, expect, travel, glance, leave };
}

export const plantPast = createPast();
