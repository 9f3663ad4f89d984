import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/admin/pages",
  name: "layout",
  isListed: false,
  datasets: [],
  words,
  component: () => import("./PagesPage.vue"),
  requests: { "/admin/api/pages": "request" },
};
export default page;
