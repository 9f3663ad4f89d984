// Every field of a lot in groups, in the order of the field contract.
import { fieldKeys } from "../contract/fields";
import { fieldText } from "../figures/fieldText";
import { fieldLabel } from "../words/fieldLabel";

export type LotFields = Readonly<Record<string, string | number | null>>;
type Fact = readonly [label: string, value: string];

/** The field at which each group begins. */
const BEGINS = {
  lotId: "lot",
  holdReason: "hold",
  workcenterGroup: "place",
  ageByDays: "times",
  product: "product",
  waferLotId: "material",
  produceRegion: "order",
  comment: "comment",
} as const;
type GroupName = (typeof BEGINS)[keyof typeof BEGINS];

/** The fields that the record has. */
export function factGroups(record: LotFields): { name: GroupName; facts: Fact[] }[] {
  const groups: { name: GroupName; facts: Fact[] }[] = [];
  for (const key of fieldKeys("lot")) {
    if (key in BEGINS) groups.push({ name: BEGINS[key as keyof typeof BEGINS], facts: [] });
    if (key in record) groups.at(-1)?.facts.push([fieldLabel("lot", key), fieldText("lot", key, record[key])]);
  }
  return groups.filter(({ facts }) => facts.length > 0);
}
