import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/dashboard",
  name: "dashboard",
  isListed: true,
  datasets: ["equipment", "resource", "workcenter"],
  words,
  component: () => import("./DashboardPage.vue"),
  requests: { "/api/snapshot/history": "hoursRequest" },
};
export default page;
