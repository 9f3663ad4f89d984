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
  },
});
