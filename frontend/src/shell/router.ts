import { createRouter, type Router } from "vue-router";

import { followLongAddresses } from "../filters/shortAddress";
import { firstPath, isUnlisted } from "../who/navigation";
import { createHistory } from "./history";
import { followKiosk } from "./kiosk";
import { followMoment } from "./moment";
import NotFound from "./NotFound.vue";
import type { Page } from "./page";
import { createPageLoad, inTime, type PageLoad, PageNotLoaded } from "./pageLoads";
import { beginOpening, endOpening, openAsWhole, upgradesAt } from "./upgrade";

/** The router for `pages`, and the loads of their code, listed pages first. */
export function createPageRouter(pages: readonly Page[]): { router: Router; loads: PageLoad<unknown>[] } {
  const opened = pages.map((page) => ({ page, load: createPageLoad(page.component) }));
  const router: Router = createRouter({
    history: createHistory(),
    routes: [
      ...opened.map(({ page, load }) => ({
        path: page.path,
        name: page.name,
        meta: { page },
        // The first page may take its time: there is nothing to return to.
        component: () => (router.currentRoute.value.matched.length > 0 ? inTime(load()) : load()),
        // The way in leads to a page in any case: to the first one of a reader who has no home page.
        ...(page.path === "/" && { beforeEnter: () => (isUnlisted("/") ? firstPath() : true) }),
      })),
      { path: "/:path(.*)*", name: "not-found", component: NotFound },
    ],
  });
  router.beforeEach((to) => beginOpening(to.fullPath));
  followKiosk(router);
  followMoment(router);
  router.beforeEach((to, from) => !(from.matched.length > 0 && to.path !== from.path && upgradesAt(to)));
  followLongAddresses(router);
  router.afterEach((to) => endOpening(to.fullPath));
  router.onError((error, to) => {
    if (error instanceof PageNotLoaded) void openAsWhole(to.fullPath, false);
    else endOpening(to.fullPath);
  });
  return { router, loads: opened.toSorted((a, b) => Number(b.page.isListed) - Number(a.page.isListed)).map(({ load }) => load) };
}
