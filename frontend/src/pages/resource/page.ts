import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/resource",
  name: "resource",
  isListed: true,
  datasets: ["equipment", "resource"],
  words,
  component: () => import("./ResourcePage.vue"),
};
export default page;
