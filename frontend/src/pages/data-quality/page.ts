import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/data-quality",
  name: "quality",
  isListed: false,
  datasets: [],
  words,
  component: () => import("./DataQualityPage.vue"),
};
export default page;
