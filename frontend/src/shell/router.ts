import { createRouter, createWebHistory } from "vue-router";

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/", redirect: "/wip-overview" },
    { path: "/wip-overview", name: "wip", component: () => import("../pages/wip-overview/WipOverview.vue") },
    { path: "/resource", name: "resource", component: () => import("../pages/resource/ResourcePage.vue") },
    { path: "/resource-history", name: "resource-history", component: () => import("../pages/resource-history/HistoryPage.vue") },
    { path: "/admin/performance", name: "admin-performance", component: () => import("../pages/admin-performance/PerformancePage.vue") },
    { path: "/:path(.*)*", name: "not-found", component: () => import("./NotFound.vue") },
  ],
});
