import { addWords } from "../words/i18n";

addWords("kiosk", {
  en: {
    start: "Start kiosk…",
    title: "Kiosk",
    hint: "Shows the chosen views and pages in turn, in large type and without controls. Esc ends it. The address holds all of it: keep it as the start page of a wall display.",
    seconds: "Seconds per page",
    views: "Views",
    pages: "Pages",
    address: "Address",
    go: "Start",
    none: "Choose at least one view or page.",
    long: "This address is longer than 2,000 characters. Choose fewer views, or views with fewer choices.",
    leave: "Leave the kiosk (Esc)",
  },
  zhTW: {
    start: "啟動看板輪播…",
    title: "看板輪播",
    hint: "依序以大字顯示所選的檢視與頁面，不顯示操作元件；按 Esc 結束。網址包含所有設定，可設為看板電腦的起始頁。",
    seconds: "每頁秒數",
    views: "檢視",
    pages: "頁面",
    address: "網址",
    go: "啟動",
    none: "請至少選擇一個檢視或頁面。",
    long: "此網址超過 2,000 字元，請減少檢視，或改用篩選較少的檢視。",
    leave: "離開看板輪播（Esc）",
  },
});
