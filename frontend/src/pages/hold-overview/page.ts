import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/hold-overview",
  name: "holds",
  isListed: true,
  datasets: ["wip"],
  words,
  component: () => import("./HoldOverview.vue"),
};
export default page;
