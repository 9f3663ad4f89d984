export const en = {
  title: "Hold detail",
  choose: "Choose a hold reason",
  pick: "Choose…",
  chooseHint: "Reasons by lots on hold; choose one to see its lots",
  none: "No lot is on hold.",
  totals: "Totals",
  byAge: "By age",
  filterHint: "Choose a row to see its lots only, again for all",
  unnamed: "{n} lots without one are in no row",
  lots: "Lots on hold",
  noneInClass: "No lot of this reason is that old.",
};

export const zhTW: typeof en = {
  title: "Hold 明細",
  choose: "請選擇 Hold 原因",
  pick: "請選擇…",
  chooseHint: "依 Hold 批數排列，點選原因查看批次",
  none: "沒有 Hold 批。",
  totals: "合計",
  byAge: "依天數",
  filterHint: "點選一列只看其批次，再點一次恢復全部",
  unnamed: "{n} 批沒有此欄位，未列入",
  lots: "Hold 批次",
  noneInClass: "此原因沒有這個天數的批次。",
};
