import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/tables",
  name: "tables",
  isListed: false,
  datasets: [],
  words,
  component: () => import("./TablesPage.vue"),
};
export default page;
