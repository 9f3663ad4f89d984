// @vitest-environment happy-dom
import { expect, it } from "vitest";

import type { LotList } from "../../lots/lotList";
import { i18n } from "../../words/i18n";
import { detailFilters, totalsText } from "./wipDetail";
import * as words from "./words";

const { codec, query } = detailFilters;

it("reads the addresses of the replaced system and what it writes", () => {
  const former = { workcenter: "TMTT", package: "SOT-23", type: "PJA", status: "HOLD", hold_type: "quality", include_dummy: "true" };
  const state = codec.read(former);
  expect(query(state)).toEqual({
    workcenters: ["TMTT"],
    packages: ["SOT-23"],
    types: ["PJA"],
    status: "HOLD",
    holdType: "quality",
    includeDummy: true,
  });
  const view = codec.read({ ...former, sort: "-qty", specs: "none", lot: "A" });
  expect([view.sort, view.bySpec, view.lot]).toEqual([{ key: "qty", descending: true }, false, "A"]);
  expect(codec.read(codec.write(view) as never)).toEqual(view);
  expect(codec.read({ status: "RUN", hold_type: "quality" }).hold).toBeUndefined();
});

it("says how many lots no column of a spec shows", () => {
  i18n.global.mergeLocaleMessage("en", { wipDetail: words.en });
  i18n.global.locale.value = "en";
  const list = {
    totals: { lots: 1_200, qtyPcs: 5_000 },
    specs: [{ spec: "DB", sequence: 1, lots: 1_195, qty: 4_000 }],
  } as unknown as LotList;
  expect(totalsText(list, true)).toBe("1,200 lots · 5,000 pcs · 5 lots without a spec");
  expect(totalsText(list, false)).toBe("1,200 lots · 5,000 pcs");
});
