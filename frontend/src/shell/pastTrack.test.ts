import { expect, it } from "vitest";

import { elapsedSecs } from "../figures/numbers";
import { gradientOf, plus } from "./pastTrack";

it("measures plant time, which has no offset", () => {
  expect(elapsedSecs("2026-11-20 07:30:00", "2026-11-20 19:30:00")).toBe(43_200);
  expect(plus("2026-11-20 23:59:30", 45)).toBe("2026-11-21 00:00:15");
});

it("fills the track where something is known", () => {
  const known = [{ from: "2026-11-20 07:30:00", until: "2026-11-20 13:30:00" }];
  const stops = [...gradientOf("2026-11-20 07:30:00", 43_200, known).matchAll(/ ([\d.]+%)(?=,|\)$)/g)].map(([, stop]) => stop);
  expect(stops.filter((stop) => stop !== "30%")).toEqual(["0%", "0.00%", "0.00%", "50.00%", "50.00%", "100%"]);
});
