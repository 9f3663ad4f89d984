// @vitest-environment happy-dom
import { expect, it } from "vitest";

import { createKept } from "../theme/storage";
import { createOwnViews, isInside, MOST_VIEWS, readViews } from "./views";

const memory = () =>
  createKept(() => {
    throw new DOMException("denied", "SecurityError");
  });
const view = (name: string, address = "/wip-overview?package=SOT-23") => ({ name, address });

it("keeps views per person, with names of their own", () => {
  const kept = memory();
  let user: string | undefined = "chen";
  const views = createOwnViews(kept, () => user);
  expect(views.add(view("<b>早會</b>"))).toBeUndefined();
  expect(views.add(view("<b>早會</b>", "/"))).toBe("taken");
  views.add(view("b"));
  expect(views.rename("b", "<b>早會</b>")).toBe("taken");
  expect(views.rename("b", "c")).toBeUndefined();
  expect(views.list.value.map(({ name }) => name)).toEqual(["<b>早會</b>", "c"]);
  user = undefined;
  views.reload();
  expect(views.list.value).toEqual([]);
  user = "chen";
  views.reload();
  views.remove("c");
  expect(createOwnViews(kept, () => "chen").list.value).toEqual([view("<b>早會</b>")]);
});

it("keeps what another tab saved meanwhile", () => {
  const kept = memory();
  const [one, other] = [createOwnViews(kept, () => undefined), createOwnViews(kept, () => undefined)];
  one.add(view("a"));
  other.add(view("b"));
  expect(other.list.value.map(({ name }) => name)).toEqual(["a", "b"]);
});

it("has a bound", () => {
  const views = createOwnViews(memory(), () => undefined);
  expect(views.add(view("long", `/#?${"a".repeat(1_000_000)}`))).toBe("full");
  for (let n = 0; n < MOST_VIEWS; n++) views.add(view(`view ${n}`));
  expect(views.add(view("one more"))).toBe("many");
  expect(views.list.value).toHaveLength(MOST_VIEWS);
});

it("leads nowhere else than to this site, and passes over what is damaged", () => {
  for (const address of ["/", "/wip-overview?q=//x", "/lot/GA%2F1", "/resource#?q=銲線"]) expect(isInside(address), address).toBe(true);
  for (const address of ["", "x", "//example.org", "/\\example.org", "https://example.org/", "javascript:alert(1)", "/a\nb"])
    expect(isInside(address), address).toBe(false);
  const kept = memory();
  kept.set("v", JSON.stringify([view("a"), view("b", "//example.org"), { name: 1, address: "/" }, null, view("", "/")]));
  expect(readViews(kept, "v")).toEqual([view("a")]);
  for (const broken of ["{", "{}", "null"]) {
    kept.set("v", broken);
    expect(readViews(kept, "v")).toEqual([]);
  }
});
