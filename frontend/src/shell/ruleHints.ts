// What a page says about site rules that match nothing of the plant's tables, or miss much of them.
import type { Schemas } from "../contract/api";
import { count, label } from "../figures/numbers";
import { addWords, i18n } from "../words/i18n";

addWords("rule", {
  en: {
    match: {
      qc_gate_specs: "The site rule {rule} matches none of the specs that lots are at.",
      non_quality_hold_reasons: "No held lot has a reason that the site rule {rule} names.",
      counted_equipment: "No machine counts: the site rule {rule} leaves out {n}.",
      excluded_locations: "No machine counts: the site rule {rule} leaves out {n}.",
      excluded_asset_states: "No machine counts: the site rule {rule} leaves out {n}.",
      states: "The real-time table has {n} machines in states that the site rule {rule} does not name; they count as OTHER.",
    },
    entries: "The rule names: {list}",
    noEntries: "The rule is empty.",
    found: "Most frequent in {columns}: {list}",
    change: "To change the rule, edit the file in SITE_RULES_FILE (docs/site-rules.md) and restart the worker.",
  },
  zhTW: {
    match: {
      qc_gate_specs: "批次所在的規格都不符合站點規則 {rule}。",
      non_quality_hold_reasons: "Hold 批次的原因都不在站點規則 {rule} 中。",
      counted_equipment: "沒有計入任何機台：站點規則 {rule} 排除了 {n} 台。",
      excluded_locations: "沒有計入任何機台：站點規則 {rule} 排除了 {n} 台。",
      excluded_asset_states: "沒有計入任何機台：站點規則 {rule} 排除了 {n} 台。",
      states: "即時狀態資料表中有 {n} 台機台的狀態不在站點規則 {rule} 中，計入 OTHER。",
    },
    entries: "規則內容：{list}",
    noEntries: "規則是空的。",
    found: "{columns} 中最常見：{list}",
    change: "若要修改，請編輯 SITE_RULES_FILE 指定的檔案（docs/site-rules.md）並重新啟動 worker。",
  },
});
const { t } = i18n.global;

export type RuleHint = Schemas["RuleHint"];

/** Rules that decide which machines count and what their states mean. */
export const MACHINE_RULES = ["counted_equipment", "excluded_locations", "excluded_asset_states", "states"];
/** Entries of a rule that are named. */
const NAMED = 6;

/** Whether a page has so few machines, or so many without a known state, that a rule may be the reason. */
export function asksMachineRules(total: number | undefined, other = 0): boolean {
  return total !== undefined && (total === 0 || other * 10 >= total);
}

/** The hints on some rules, over all tables. */
export function hintsOn(rules: readonly string[], datasets: readonly Schemas["DatasetQuality"][]): RuleHint[] {
  return datasets.flatMap(({ hints }) => hints).filter(({ rule }) => rules.includes(rule));
}

/** What a hint says, sentence by sentence. */
export function hintLines({ rule, entries, columns, rows, found }: RuleHint): string[] {
  const named = entries.slice(0, NAMED).map(label);
  const more = entries.length > NAMED ? [t("common.more", { n: count(entries.length - NAMED) })] : [];
  const values = found.map(({ value, rows }) => `${label(value)} (${count(rows)})`);
  return [
    t(`rule.match.${rule}`, { rule, n: count(rows) }),
    named.length === 0 ? t("rule.noEntries") : t("rule.entries", { list: [...named, ...more].join(", ") }),
    t("rule.found", { columns, list: values.join(", ") }),
    t("rule.change"),
  ];
}
