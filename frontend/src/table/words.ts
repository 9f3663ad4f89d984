import { addWords } from "../words/i18n";

addWords("table", {
  en: {
    columns: "Columns",
    copy: "Copy rows",
    copied: "{n} rows copied",
    export: "Export as",
    exportAs: "Export as {format}",
    exporting: "Exporting…",
    reset: "Reset columns",
    resize: "Drag to resize; double-click to reset",
  },
  zhTW: {
    columns: "欄位",
    copy: "複製資料列",
    copied: "已複製 {n} 列",
    export: "匯出為",
    exportAs: "匯出為 {format}",
    exporting: "匯出中…",
    reset: "還原欄位",
    resize: "拖曳調整欄寬，按兩下還原",
  },
});
