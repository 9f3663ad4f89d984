import { addWords } from "../words/i18n";

addWords("chart", {
  en: {
    trend: "States and OU % over time",
    trendLabel: "Share of each state and OU % in {n} periods",
    picture: "Save the chart as PNG",
    period: "Period",
    loading: "loading the hours…",
    noHours: "No hours on these days for these machines",
  },
  zhTW: {
    trend: "狀態占比與 OU % 趨勢",
    trendLabel: "{n} 個週期的各狀態占比與 OU %",
    picture: "將圖表存為 PNG",
    period: "週期",
    loading: "載入時數…",
    noHours: "這些日期與機台沒有時數資料",
  },
});
