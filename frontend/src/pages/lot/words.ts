export const en = {
  title: "Lot",
  where: "Where it is",
  hold: "On hold",
  fields: "All fields",
  siblings: "{workorder} ({n} lots)",
  unknown:
    "Lot {id} is not in the current version of the data, as of {time}. A lot that has left the plant is no longer in it. Check the id, or search for another lot.",
  left: "Lot {id} is not in the current version of the data, as of {time}: it has left the plant. What follows was known at {seen}.",
  request: "All fields of the lot:",
};

export const zhTW: typeof en = {
  title: "批次",
  where: "所在位置",
  hold: "Hold 中",
  fields: "全部欄位",
  siblings: "{workorder}（{n} 批）",
  unknown: "目前版本的資料（{time}）沒有批次 {id}。已離開工廠的批次不在資料中。請確認批號，或搜尋其他批次。",
  left: "批次 {id} 不在目前版本的資料（{time}）中：已離開工廠。以下為 {seen} 的資料。",
  request: "批次全部欄位：",
};
