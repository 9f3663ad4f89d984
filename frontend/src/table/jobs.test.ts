// @vitest-environment happy-dom
import { expect, it } from "vitest";

import { jobColumns, jobFacts, stepColumns } from "./jobs";

it("takes the variant of a code that is filled in, in the list and in the panel", () => {
  const job = { JOBID: "J1", JOBSTATUS: "Open", CAUSECODENAME: "", PJ_CAUSECODE2NAME: "worn", CREATE_EMPNAME: "Chen" };
  const column = (key: string) =>
    jobColumns()
      .find((one) => one.key === key)
      ?.value(job);
  expect([column("CAUSECODENAME"), column("SYMPTOMCODENAME"), column("JOBID"), column("CREATE_EMPNAME")]).toEqual([
    "worn",
    null,
    "J1",
    undefined,
  ]);
  const facts = jobFacts(job).map(([, value]) => value);
  expect(facts).toHaveLength(11);
  expect(facts).toEqual(expect.arrayContaining(["worn", "Chen"]));
  expect(facts).not.toContain("J1");
});

it("names the stage that a step led to, else the one it was in", () => {
  const stage = stepColumns().find(({ key }) => key === "STAGENAME")!.value;
  expect([stage({ TOSTAGENAME: "Repair", STAGENAME: "Wait" }), stage({ TOSTAGENAME: null, STAGENAME: "Wait" })]).toEqual([
    "Repair",
    "Wait",
  ]);
});
