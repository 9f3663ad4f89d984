import { addWords } from "../words/i18n";

addWords("search", {
  en: {
    title: "Search",
    placeholder: "Lot, work order, machine, package, type, reason, workcenter, view, page",
    none: "Nothing contains “{text}”. Lots, work orders, packages and types need two letters or more.",
    found: "{n} hits",
    hint: "↑ ↓ to choose, Enter to open, Esc to close",
    kind: {
      lot: "Lots",
      machine: "Machines",
      workorder: "Work orders",
      package: "Packages",
      type: "Types",
      reason: "Hold reasons (held lots)",
      workcenter: "Workcenter groups (lots)",
      page: "Pages",
      view: "Views",
    },
  },
  zhTW: {
    title: "搜尋",
    placeholder: "批號、工單、機台、封裝、型號、Hold 原因、站點、檢視、頁面",
    none: "沒有包含「{text}」的項目。批號、工單、封裝與型號至少需輸入兩個字。",
    found: "{n} 筆",
    hint: "↑ ↓ 選擇、Enter 開啟、Esc 關閉",
    kind: {
      lot: "批次",
      machine: "機台",
      workorder: "工單",
      package: "封裝",
      type: "產品型號",
      reason: "Hold 原因（Hold 批數）",
      workcenter: "站點群組（批數）",
      page: "頁面",
      view: "檢視",
    },
  },
});
