import { createRouter, createWebHistory, type LocationQuery } from "vue-router";

import { base } from "../contract/addresses";
import NotFound from "./NotFound.vue";
import { FORMER, successor } from "./formerPages";
import { firstPath } from "../who/navigation";
import { createPageLoad, PageNotLoaded } from "./pageLoads";
import { notOpened, openAsWhole, upgradesAt } from "./upgrade";

const pages = {
  wip: createPageLoad(() => import("../pages/wip-overview/WipOverview.vue")),
  resource: createPageLoad(() => import("../pages/resource/ResourcePage.vue")),
  history: createPageLoad(() => import("../pages/resource-history/HistoryPage.vue")),
  qcGate: createPageLoad(() => import("../pages/qc-gate/QcGatePage.vue")),
  jobs: createPageLoad(() => import("../pages/job-query/JobQueryPage.vue")),
  tables: createPageLoad(() => import("../pages/tables/TablesPage.vue")),
  quality: createPageLoad(() => import("../pages/data-quality/DataQualityPage.vue")),
  performance: createPageLoad(() => import("../pages/admin-performance/PerformancePage.vue")),
  layout: createPageLoad(() => import("../pages/admin-pages/PagesPage.vue")),
};

/** All code that comes in parts, in the order in which it is likely to be wanted. */
export const loads = [...Object.values(pages), createPageLoad(() => import("../chart/EChart.vue"))];

export const router = createRouter({
  history: createWebHistory(base || "/"),
  // Pages with `isListed` are there for whom the navigation has them.
  routes: [
    { path: "/", redirect: () => firstPath() },
    { path: "/wip-overview", name: "wip", meta: { isListed: true }, component: pages.wip },
    { path: "/resource", name: "resource", meta: { isListed: true }, component: pages.resource },
    { path: "/resource-history", name: "resource-history", meta: { isListed: true }, component: pages.history },
    { path: "/qc-gate", name: "qc-gate", meta: { isListed: true }, component: pages.qcGate },
    { path: "/job-query", name: "job-query", meta: { isListed: true }, component: pages.jobs },
    { path: "/tables", name: "tables", component: pages.tables },
    { path: "/data-quality", name: "data-quality", component: pages.quality },
    ...FORMER.map((path) => ({ path, redirect: (to: { query: LocationQuery }) => successor(path, to.query) })),
    { path: "/admin/performance", name: "admin-performance", component: pages.performance },
    { path: "/admin/pages", name: "admin-pages", component: pages.layout },
    { path: "/:path(.*)*", name: "not-found", component: NotFound },
  ],
});

router.beforeEach((to, from) => !(from.matched.length > 0 && to.path !== from.path && upgradesAt(to)));
router.afterEach(() => (notOpened.value = undefined));
router.onError((error, to) => {
  if (error instanceof PageNotLoaded) void openAsWhole(to.fullPath, false);
});
