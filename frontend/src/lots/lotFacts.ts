// Every field of a lot in groups, in the order of the field contract.
import type { FieldValue } from "mes-compute";

import { type Fact, factsOf, fieldGroups } from "../figures/fact";
import { fieldLabel } from "../words/fieldLabel";
import "./words";

export type LotFields = Readonly<Record<string, FieldValue>>;

/** The field that each group begins with. */
const GROUPS = {
  lotId: "lot",
  holdReason: "hold",
  workcenterGroup: "place",
  ageByDays: "time",
  product: "product",
  waferLotId: "material",
  produceRegion: "order",
  comment: "comment",
} as const;
export type GroupName = (typeof GROUPS)[keyof typeof GROUPS];

/**
 * Every field in its group: those that are held here, then those of the server. One that is under way
 * keeps its place; one that can't be had is left out.
 */
export function groupsOf(held: LotFields, others?: LotFields, loading = false): { name: GroupName; facts: Fact[] }[] {
  const fields = { ...others, ...held };
  const groups = fieldGroups("lot", GROUPS).map(({ name, keys }) => ({
    name,
    facts: keys.flatMap((key) => {
      if (key in fields) return factsOf("lot", fields, [key]);
      return loading ? [[fieldLabel("lot", key), "…"] as const] : [];
    }),
  }));
  return groups.filter(({ facts }) => facts.length > 0);
}
