import { addWords } from "../words/i18n";

addWords("panel", {
  en: {
    empty: "Nothing passes the filters",
    emptyBecause: "Nothing passes the filters: {filter} alone removes {n}",
    formula: "How this is made",
    refused: "Your role does not allow this page. Sign in with an account that may see it.",
    reason: "Reason (goes to the audit log)",
    reasonOptional: "Reason (optional)",
    relax: "Remove this filter",
    clear: "Clear all filters",
    signIn: "Sign in",
    address: {
      title: "Not everything in this address can be used:",
      unknown: "“{name}” is not known on this page",
      invalid: "{name}: “{value}” is not valid",
      missing: "{name}: “{value}” is not in the data",
      repeated: "{name} is given more than once; only “{value}” counts",
      idle: "{name}: “{value}” has no effect with the other values",
      repair: "Remove from the address",
    },
  },
  zhTW: {
    empty: "沒有符合篩選的項目",
    emptyBecause: "沒有符合篩選的項目：僅「{filter}」就排除了 {n} 項",
    formula: "計算方式",
    refused: "您的角色無法使用此頁面，請以具有權限的帳號登入。",
    reason: "原因（記入稽核紀錄）",
    reasonOptional: "原因（可不填）",
    relax: "移除此篩選",
    clear: "清除全部篩選",
    signIn: "登入",
    address: {
      title: "網址中有無法使用的內容：",
      unknown: "此頁沒有「{name}」這個參數",
      invalid: "{name}：「{value}」無效",
      missing: "{name}：資料中沒有「{value}」",
      repeated: "{name} 重複指定，只採用「{value}」",
      idle: "{name}：「{value}」與其他條件併用時無作用",
      repair: "從網址中移除",
    },
  },
});
