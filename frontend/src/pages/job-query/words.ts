export const en = {
  title: "Maintenance jobs",
  hint: "Jobs of the machines that pass the filters, by the day on which they were created",
  noMachine: "No machine passes the filters.",
  loading: "Asking the database for the jobs of {n} machines",
  newest: "the newest opened {time}",
  none: "No job of these machines was created on these days.",
  cut: "Only the newest {n} jobs are shown; narrow the question down for the rest.",
  list: "Jobs",
  steps: "What happened",
  noSteps: "The database has no steps of this job.",
};

export const zhTW: typeof en = {
  title: "維修工單",
  hint: "符合條件的機台，在所選日期建立的維修工單",
  noMachine: "沒有符合條件的機台。",
  loading: "正在查詢 {n} 台機台的維修工單",
  newest: "最新開單 {time}",
  none: "這些機台在所選日期沒有建立維修工單。",
  cut: "僅顯示最新的 {n} 筆，其餘請縮小查詢範圍。",
  list: "維修工單",
  steps: "處理歷程",
  noSteps: "資料庫中沒有此維修單的歷程。",
};
