// The browser's history as the router needs it, written once per navigation. The history of vue-router also rewrites
// the entry that is left, and lays out the page for the place it is scrolled to, which browsers keep by themselves.
import type { RouterHistory } from "vue-router";

import { at, base, within } from "../contract/addresses";

type Callback = Parameters<RouterHistory["listen"]>[0];
type Information = Parameters<Callback>[2];
type State = RouterHistory["state"] & { position: number };

export function createHistory(): RouterHistory {
  const here = () => within(window.location.pathname) + window.location.search + window.location.hash;
  const listeners = new Set<Callback>();
  let isMuted = false;
  let location = here();
  let state = history.state as State | null;

  function write(to: string, next: State, isNew: boolean): void {
    // With the origin, so that `//name` is a path and no other server.
    const address = window.location.origin + at(to);
    location = to;
    state = next;
    try {
      if (isNew) history.pushState(next, "", address);
      else history.replaceState(next, "", address);
    } catch (problem) {
      // A browser that takes no more entries for now still opens addresses.
      console.error(problem);
      if (isNew) window.location.assign(address);
      else window.location.replace(address);
    }
  }
  const position = () => state?.position ?? history.length - 1;
  const replace: RouterHistory["replace"] = (to, data) => write(to, { ...data, position: position() }, false);
  const push: RouterHistory["push"] = (to, data) => write(to, { ...data, position: position() + 1 }, true);

  function onPop({ state: popped }: PopStateEvent): void {
    const [from, before] = [location, position()];
    location = here();
    // An entry that a link to a part of the page made has no state.
    if (popped) state = popped as State;
    else replace(location);
    const delta = popped ? position() - before : 0;
    const direction = delta === 0 ? "" : delta > 0 ? "forward" : "back";
    if (!isMuted) for (const listener of listeners) listener(location, from, { type: "pop", direction, delta } as Information);
    isMuted = false;
  }
  window.addEventListener("popstate", onPop);
  if (!state) replace(location);

  return {
    base,
    get location() {
      return location;
    },
    get state() {
      return state ?? {};
    },
    push,
    replace,
    go(delta, isTold = true) {
      isMuted = !isTold;
      history.go(delta);
    },
    listen(callback) {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    createHref: at,
    destroy() {
      listeners.clear();
      window.removeEventListener("popstate", onPop);
    },
  };
}
