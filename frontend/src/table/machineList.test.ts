// @vitest-environment happy-dom
import type { ListQuery } from "mes-compute";
import { expect, it } from "vitest";

import { machineList } from "./machineList";
import { PAGE } from "./rowWindow";

it("a list of machines is read in parts, in the order that is asked for", () => {
  const asked: ListQuery[] = [];
  const store = { list: (query: ListQuery) => (asked.push(query), { total: 250, rows: [] }) };
  const list = machineList(store, { text: "G" }, { key: "LOT_COUNT", descending: true });
  list.read(0, 1);
  expect(list.total).toBe(250);
  expect(asked).toEqual([1, 2].map(() => ({ filter: { text: "G" }, sort: "LOT_COUNT", descending: true, offset: 0, limit: PAGE })));
  list.pages!.read(1);
  expect(asked.at(-1), "a file asks for as many as the core lists at once").toMatchObject({ offset: 0, limit: 500 });
  machineList(store, {}, undefined);
  expect(asked.at(-1)).toEqual({ filter: {}, offset: 0, limit: PAGE });
});
