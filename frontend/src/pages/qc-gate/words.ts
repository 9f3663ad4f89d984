import type { Schemas } from "../../contract/api";

export const en = {
  title: "QC gate",
  hint: "Lots that wait for quality inspection, by the time since they moved in",
  range: { "<6h": "Under 6 h", "6-12h": "6–12 h", "12-24h": "12–24 h", ">24h": "Over 24 h" } satisfies Record<Schemas["WaitRange"], string>,
  lots: "Lots at QC gates",
  none: "No lot waits at a QC gate.",
  noneInClass: "No lot has waited this long.",
};

export const zhTW: typeof en = {
  title: "QC 關卡",
  hint: "等待品質檢驗的批次，依進站後的等待時間分級",
  range: { "<6h": "6 小時內", "6-12h": "6–12 小時", "12-24h": "12–24 小時", ">24h": "超過 24 小時" },
  lots: "QC 關卡的批次",
  none: "目前沒有批次在 QC 關卡等待。",
  noneInClass: "沒有等待這麼久的批次。",
};
