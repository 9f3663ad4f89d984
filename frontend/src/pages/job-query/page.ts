import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/job-query",
  name: "jobs",
  isListed: true,
  datasets: ["resource"],
  needsChoice: true,
  words,
  component: () => import("./JobQueryPage.vue"),
};
export default page;
