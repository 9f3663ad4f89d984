import type { Page } from "../../shell/page";
import * as words from "./words";

const page: Page = {
  path: "/hold-history",
  name: "holdHistory",
  isListed: true,
  datasets: [],
  words,
  component: () => import("./HoldHistory.vue"),
  requests: { "/api/snapshot/hold-history": "request" },
};
export default page;
