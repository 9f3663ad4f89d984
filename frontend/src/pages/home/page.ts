import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/",
  name: "home",
  isListed: true,
  datasets: ["wip", "equipment", "resource", "workcenter"],
  words,
  component: () => import("./HomePage.vue"),
};
export default page;
