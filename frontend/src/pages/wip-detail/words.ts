export const en = {
  title: "WIP detail",
  hint: "Lots with their pieces under the spec they are at",
  all: "All workcenter groups",
  lots: "Lots",
  bySpec: "Pieces by spec",
  totals: "{lots} lots · {qty} pcs",
  noSpec: "{n} lots without a spec",
};

export const zhTW: typeof en = {
  title: "WIP 明細",
  hint: "批次清單，數量列在目前製程規格之下",
  all: "所有站點群組",
  lots: "批次",
  bySpec: "依規格列出數量",
  totals: "{lots} 批 · {qty} pcs",
  noSpec: "{n} 批沒有規格",
};
