import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/alerts",
  name: "alerts",
  isListed: true,
  datasets: ["wip", "equipment", "resource", "workcenter"],
  words,
  component: () => import("./AlertsPage.vue"),
};
export default page;
