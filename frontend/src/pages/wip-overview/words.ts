export const en = {
  title: "WIP overview",
  matrix: "Workcenter × package",
  matrixHint: "Pieces; choose a cell to see its lots",
  outside: "{n} lots without group, package or sequence are left out",
  paretoHint: "Pieces by reason and cumulative share; choose a bar to see its lots",
  noHolds: "No holds",
  formulaText:
    "RUN: on equipment. HOLD: not on equipment and on hold. QUEUE: the rest. {remaining} of {rows} lots pass the filters. Snapshot {version}.",
};

export const zhTW: typeof en = {
  title: "WIP 總覽",
  matrix: "站點 × 封裝",
  matrixHint: "數量 (pcs)；點選儲存格查看批次",
  outside: "{n} 批缺站點群組、封裝或順序，未列入",
  paretoHint: "各原因數量與累積占比；點選長條查看批次",
  noHolds: "沒有 Hold 批",
  formulaText: "RUN：在機台上。HOLD：不在機台且被 Hold。QUEUE：其餘。{rows} 批中有 {remaining} 批符合篩選。快照 {version}。",
};
