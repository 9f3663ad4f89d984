import { addWords } from "../words/i18n";

addWords("lot", {
  en: {
    gone: "There is no lot with this ID now; it may be finished or have another ID.",
    loading: "Loading the other fields",
    openPage: "Open as a page",
    days: "days",
    withoutId: "{n} of them without an ID, which charts and lists of hold reasons don't count",
    ages: { "0-1": "Under 1 day", "1-3": "1–3 days", "3-7": "3–7 days", "7+": "7+ days" },
    groups: {
      lot: "Lot",
      hold: "Hold and release",
      place: "Workcenter and spec",
      time: "Age and dates",
      product: "Product",
      material: "Material",
      order: "Work order",
      comment: "Comments",
    },
  },
  zhTW: {
    gone: "目前沒有此批號的批次，可能已完工或批號已變更。",
    loading: "載入其餘欄位",
    openPage: "開啟完整頁面",
    days: "天",
    withoutId: "其中 {n} 批沒有批號，Hold 原因的圖表與清單未計入",
    ages: { "0-1": "1 天內", "1-3": "1–3 天", "3-7": "3–7 天", "7+": "7 天以上" },
    groups: {
      lot: "批次",
      hold: "Hold 與解除",
      place: "站點與規格",
      time: "天數與日期",
      product: "產品",
      material: "材料",
      order: "工單",
      comment: "備註",
    },
  },
});
