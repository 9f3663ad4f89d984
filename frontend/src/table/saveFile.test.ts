import { expect, it, vi } from "vitest";

import { failureOf } from "./saveFile";

vi.mock("../who/session", () => ({ csrfToken: () => undefined }));
vi.mock("../contract/addresses", () => ({ at: (path: string) => path }));
vi.mock("../theme/preferences", () => ({ language: { value: "en" } }));

it("tells what went wrong, whoever answered", () => {
  const report = '{"success":false,"error":{"code":"DB_QUERY_TIMEOUT","message":"too long"},"meta":{"request_id":"r1"}}';
  expect(failureOf(504, report)).toMatchObject({ code: "DB_QUERY_TIMEOUT", message: "too long", requestId: "r1", status: 504 });
  for (const body of ["<h1>Bad gateway</h1>", "null", "", "[]"])
    expect(failureOf(502, body)).toMatchObject({ code: "INVALID_RESPONSE", message: "HTTP 502" });
});
