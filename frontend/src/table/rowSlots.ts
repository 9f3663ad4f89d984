// Which element shows which row. A row that stays in view keeps its element; a new one gets that of a row that went,
// because giving an element other texts costs a fraction of making one.

/** Names a row among those in view. */
export type RowKey = string | number;

/** The rows in view and their elements. */
export interface Slots {
  /** Place of the first row. */
  first: number;
  /** Place of a row at the origin of the elements. It moves with the rows where none of them stays in view, so that no element moves. */
  origin: number;
  /** The element of each row, in their order. */
  of: ReadonlyMap<RowKey, number>;
}

/** `keys` are those of the rows from `first` on, `before` is what was in view; as few elements as possible change places. */
export function slotsOf(keys: readonly RowKey[], first: number, before: Slots | undefined): Slots {
  const used = before?.of ?? new Map<RowKey, number>();
  const stays = new Set(keys);
  const free = [...used].flatMap(([key, slot]) => (stays.has(key) ? [] : [slot])).values();
  let unused = Math.max(-1, ...used.values()) + 1;
  const of = new Map(keys.map((key) => [key, used.get(key) ?? free.next().value ?? unused++]));
  const isElsewhere = !keys.some((key) => used.has(key));
  const origin = before && (isElsewhere ? before.origin + first - before.first : before.origin);
  return { first, origin: origin ?? first, of };
}
