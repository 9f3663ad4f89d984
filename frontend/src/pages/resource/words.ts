export const en = {
  title: "Equipment status",
  availabilityFormula: "(PRD + SBY + EGT) / all machines",
  cell: "Selection",
  tree: "Group → family → machine",
  treeHint: "Choose a cell to list its machines, and again to list all.",
  list: "Machines",
  empty: "No machines pass the filters",
  noLots: "No lots",
  repair: "Repair job",
  everything: "Everything about this machine",
};

export const zhTW: typeof en = {
  title: "設備狀態",
  availabilityFormula: "(PRD + SBY + EGT) / 全部機台",
  cell: "選取",
  tree: "站點群組 → 機型 → 機台",
  treeHint: "點選儲存格列出機台，再點一次取消。",
  list: "機台清單",
  empty: "沒有符合篩選的機台",
  noLots: "沒有批次",
  repair: "維修單",
  everything: "此機台的完整資訊",
};
