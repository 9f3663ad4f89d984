// @vitest-environment happy-dom
import { expect, test } from "vitest";

import { rememberAnnounced } from "./announcedData";

test("what was announced last is sent with the next requests", () => {
  rememberAnnounced("wip-1764321000000001.c2ln-bmF0_dXJl");
  expect(document.cookie).toBe("mes_announced=wip-1764321000000001.c2ln-bmF0_dXJl");
  rememberAnnounced("wip-1764321000000003.c2ln");
  expect(document.cookie).toBe("mes_announced=wip-1764321000000003.c2ln");
});

test("one server alone announces nothing to remember, and nothing but a token gets into the cookie", () => {
  rememberAnnounced("wip-1.c2ln");
  for (const token of [undefined, "", "a; path=/admin", "a".repeat(201), "a\r\nb"]) rememberAnnounced(token);
  expect(document.cookie).toBe("mes_announced=wip-1.c2ln");
});
