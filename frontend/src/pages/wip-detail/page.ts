import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/wip-detail",
  name: "wipDetail",
  isListed: true,
  datasets: ["wip"],
  words,
  component: () => import("./WipDetailPage.vue"),
};
export default page;
