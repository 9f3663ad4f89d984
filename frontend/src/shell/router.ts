import { createRouter, createWebHistory, type LocationQuery } from "vue-router";

import NotFound from "./NotFound.vue";
import { FORMER, successor } from "./formerPages";
import { firstPath } from "./navigation";

export const router = createRouter({
  history: createWebHistory(),
  // Pages with `isListed` are there for whom the navigation has them.
  routes: [
    { path: "/", redirect: () => firstPath() },
    { path: "/wip-overview", name: "wip", meta: { isListed: true }, component: () => import("../pages/wip-overview/WipOverview.vue") },
    { path: "/resource", name: "resource", meta: { isListed: true }, component: () => import("../pages/resource/ResourcePage.vue") },
    { path: "/resource-history", name: "resource-history", meta: { isListed: true }, component: () => import("../pages/resource-history/HistoryPage.vue") },
    { path: "/qc-gate", name: "qc-gate", meta: { isListed: true }, component: () => import("../pages/qc-gate/QcGatePage.vue") },
    { path: "/job-query", name: "job-query", meta: { isListed: true }, component: () => import("../pages/job-query/JobQueryPage.vue") },
    { path: "/tables", name: "tables", component: () => import("../pages/tables/TablesPage.vue") },
    ...FORMER.map((path) => ({ path, redirect: (to: { query: LocationQuery }) => successor(path, to.query) })),
    { path: "/admin/performance", name: "admin-performance", component: () => import("../pages/admin-performance/PerformancePage.vue") },
    { path: "/admin/pages", name: "admin-pages", component: () => import("../pages/admin-pages/PagesPage.vue") },
    { path: "/:path(.*)*", name: "not-found", component: NotFound },
  ],
});
