import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/resource-history",
  name: "history",
  isListed: true,
  datasets: [],
  words,
  component: () => import("./HistoryPage.vue"),
  requests: { "/api/snapshot/history": "hoursRequest", "/api/resource/history/export": "exportRequest" },
};
export default page;
