import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/equipment/:id",
  listing: "/resource",
  name: "machine",
  isListed: true,
  datasets: ["equipment", "resource"],
  words,
  requests: { "/api/job-query/jobs": "jobsRequest" },
  component: () => import("./MachinePage.vue"),
};
export default page;
