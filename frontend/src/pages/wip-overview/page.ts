import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/wip-overview",
  name: "wip",
  isListed: true,
  datasets: ["wip"],
  words,
  component: () => import("./WipOverview.vue"),
};
export default page;
