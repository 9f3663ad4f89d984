import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/hold-detail",
  name: "holdDetail",
  isListed: true,
  datasets: ["wip"],
  needsChoice: true,
  words,
  component: () => import("./HoldDetailPage.vue"),
};
export default page;
