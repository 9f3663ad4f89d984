// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createMemoryHistory, createRouter } from "vue-router";

import { many, placed, queryOf } from "./urlState";
import { expanded, followLongAddresses } from "./shortAddress";

const server = vi.hoisted(() => ({ isThere: true, answersAfterMs: 0, texts: new Map<string, string>() }));
vi.mock("../plant/livePlant", async () => {
  const { shallowRef } = await import("vue");
  const api = {
    get: async (path: string) => ({ data: { choices: server.texts.get(path.split("/").at(-1)!) } }),
    post: async (_: string, { choices }: { choices: string }) => {
      await new Promise((resolve) => setTimeout(resolve, server.answersAfterMs));
      if (!server.isThere) throw new Error("no answer");
      const code = `code${choices.length}`;
      server.texts.set(code, choices);
      return { data: { code } };
    },
  };
  return { livePlant: { client: Promise.resolve(api), opened: shallowRef(1) }, asMesError: (error: unknown) => error };
});
const { livePlant } = await import("../plant/livePlant");

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const router = createRouter({ history: createMemoryHistory(), routes: [{ path: "/:path(.*)*", component: { render: () => null } }] });
followLongAddresses(router);
const route = () => router.currentRoute.value;
const families = (first: string) => Array.from({ length: 700 }, (_, n) => `${first} 銲線第${n}族, 甲 & 乙%`);

it("puts a code in the place of a long choice, and the choice stays what it is", async () => {
  await router.push({ path: "/resource", ...placed({ families: families("A"), q: "x" }) });
  expect(route().hash).toMatch(/^#\?/);
  await vi.runAllTimersAsync();
  expect(route().fullPath).toMatch(/^\/resource\?v=code\d+$/);
  expect(many(queryOf(route()), "families")).toEqual(families("A"));
  expect(many(queryOf(route()), "v")).toEqual([]);

  await router.push({ path: "/resource", ...placed({ families: families("BB"), q: "x" }) });
  await vi.runAllTimersAsync();
  router.back();
  await vi.runAllTimersAsync();
  expect(many(queryOf(route()), "families"), "back").toEqual(families("A"));

  const long = router.resolve(expanded(route()));
  expect(long.fullPath).not.toContain("v=");
  expect(many(queryOf(long), "families"), "without the server").toEqual(families("A"));
});

it("stays long while the server can't be reached and becomes short when it is back", async () => {
  server.isThere = false;
  await router.push({ path: "/resource", ...placed({ families: families("CCC") }) });
  await vi.runAllTimersAsync();
  expect(route().hash).toMatch(/^#\?/);
  expect(many(queryOf(route()), "families")).toEqual(families("CCC"));
  server.isThere = true;
  livePlant.opened.value += 1;
  await vi.runAllTimersAsync();
  expect(route().fullPath).toMatch(/^\/resource\?v=code\d+$/);
});

it("does not go back to an address that was left meanwhile", async () => {
  server.answersAfterMs = 5_000;
  await router.push({ path: "/resource", ...placed({ families: families("DDDD") }) });
  await vi.advanceTimersByTimeAsync(2_000);
  await router.push("/wip-overview");
  await vi.runAllTimersAsync();
  expect(route().fullPath).toBe("/wip-overview");
});
