import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/lot/:id",
  listing: "/wip-overview",
  name: "lot",
  isListed: true,
  datasets: ["wip"],
  words,
  requests: { "/api/wip/lot/{lotid}": "request" },
  component: () => import("./LotPage.vue"),
};
export default page;
