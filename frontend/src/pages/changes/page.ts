import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/changes",
  name: "changes",
  isListed: true,
  datasets: ["wip", "equipment", "resource", "workcenter"],
  words,
  component: () => import("./ChangesPage.vue"),
};
export default page;
