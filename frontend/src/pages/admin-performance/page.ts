import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/admin/performance",
  name: "admin",
  isListed: false,
  datasets: [],
  words,
  component: () => import("./PerformancePage.vue"),
};
export default page;
