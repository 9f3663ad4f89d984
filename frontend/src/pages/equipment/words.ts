export const en = {
  title: "Machine",
  lots: "Lots on the machine",
  noLots: "No lots",
  noState: "The table of real-time states has no row of this machine.",
  jobs: "Jobs of the last 90 days",
  noJobs: "No job of this machine was created on these days.",
  loadingJobs: "Asking the database for jobs",
  jobsRequest: "Maintenance jobs:",
  unknown:
    "Machine {id} is not in the current version of the data, as of {time}. A site rule or its asset state may leave it out. Check the id, or search for another machine.",
  left: "Machine {id} is not in the current version of the data, as of {time}. What follows was known before.",
  group: { machine: "Machine", state: "State", job: "Open job", lots: "Lots" },
};

export const zhTW: typeof en = {
  title: "機台",
  lots: "機台上的批次",
  noLots: "沒有批次",
  noState: "即時狀態資料表沒有此機台的資料。",
  jobs: "最近 90 天的維修工單",
  noJobs: "此機台在這些日期沒有建立維修工單。",
  loadingJobs: "正在查詢維修工單",
  jobsRequest: "維修工單：",
  unknown: "目前版本的資料（{time}）沒有機台 {id}，可能依現場規則或資產狀態未列入。請確認機台代碼，或搜尋其他機台。",
  left: "機台 {id} 不在目前版本的資料（{time}）中。以下為先前的資料。",
  group: { machine: "機台", state: "狀態", job: "未結維修單", lots: "批次" },
};
