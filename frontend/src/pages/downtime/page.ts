import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/downtime",
  name: "downtime",
  isListed: true,
  datasets: [],
  words,
  component: () => import("./DowntimePage.vue"),
  requests: { "/api/snapshot/downtime": "request", "/api/snapshot/downtime-jobs": "jobsRequest" },
};
export default page;
