import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/qc-gate",
  name: "gate",
  isListed: true,
  datasets: ["wip"],
  words,
  component: () => import("./QcGatePage.vue"),
};
export default page;
