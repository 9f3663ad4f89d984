// @vitest-environment happy-dom
import { expect, it } from "vitest";

import program from "../../../server/src/pages/program.rs?raw";
import type { Page } from "../shell/page";
import { LOTS, MACHINES } from "../who/subjects";

const pages = Object.values(import.meta.glob<Page>("./*/page.ts", { eager: true, import: "default" }));

it("has the pages that the server knows", () => {
  const known = [...program.matchAll(/page\("(\/[^"]*)"/g)].map(([, path]) => path);
  const isListed = (page: Page) => page.listing === undefined;
  expect(
    pages
      .filter(isListed)
      .map((page) => page.path)
      .toSorted(),
  ).toEqual(known.toSorted());
  const subjects = /SUBJECTS.*= \[(.*)\];/.exec(program)![1]!;
  const listings = [...subjects.matchAll(/\("([^"]*)", "([^"]*)"\)/g)].map(([, path, listing]) => [`${path}/:id`, listing]);
  expect(pages.flatMap(({ path, listing }) => (listing ? [[path, listing]] : [])).toSorted()).toEqual(listings.toSorted());
  expect(listings.map(([, listing]) => listing)).toEqual([LOTS, MACHINES]);
});

it("has a title in both languages and a name of its own for every page", () => {
  for (const { words } of pages) for (const { title } of [words.en, words.zhTW]) expect(title).toBeTypeOf("string");
  expect(new Set(pages.map((page) => page.name)).size).toBe(pages.length);
});

it("has words for every request that toasts report on", () => {
  for (const { words, requests = {} } of pages) for (const key of Object.values(requests)) expect(words.en[key]).toBeTypeOf("string");
});
