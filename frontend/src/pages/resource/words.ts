import type { View } from "./resource";

export const en = {
  title: "Equipment status",
  availabilityFormula: "(PRD + SBY + EGT) / all machines",
  tree: "Group → family → machine",
  treeHint: "Choose a cell to list its machines, and again to list all.",
  list: "Machines",
  view: "View",
  views: { table: "Table", cards: "Cards" } satisfies Record<View, string>,
  cards: "Machines by workcenter group",
  cardsHint: "Choose a group to see only its machines",
  theirJobs: "Their jobs",
  empty: "No machines pass the filters",
  noLots: "No lots",
  repair: "Repair job",
  everything: "Everything about this machine",
};

export const zhTW: typeof en = {
  title: "設備狀態",
  availabilityFormula: "(PRD + SBY + EGT) / 全部機台",
  tree: "站點群組 → 機型 → 機台",
  treeHint: "點選儲存格列出機台，再點一次取消。",
  list: "機台清單",
  view: "檢視",
  views: { table: "表格", cards: "卡片" },
  cards: "各站點群組的機台",
  cardsHint: "點選群組只看該群組的機台",
  theirJobs: "查看維修工單",
  empty: "沒有符合篩選的機台",
  noLots: "沒有批次",
  repair: "維修單",
  everything: "此機台的完整資訊",
};
