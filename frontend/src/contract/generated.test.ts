import openapiTS, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, it } from "vitest";

import document from "../../../server/openapi.json?raw";

it("is what the server's OpenAPI document says; `npm run types` renews it", async () => {
  const types = await openapiTS(document, { enumValues: true });
  await expect(COMMENT_HEADER + astToString(types)).toMatchFileSnapshot("generated.ts");
}, 60_000);
