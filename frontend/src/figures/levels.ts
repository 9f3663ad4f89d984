// Levels of OU %.
import { factsOf } from "../contract/facts";

export type Level = "high" | "medium" | "low" | "none";

export function ouLevel(ouPct: number | null): Level {
  const facts = factsOf();
  if (ouPct === null || !facts) return "none";
  if (ouPct >= facts.ouHighPct) return "high";
  return ouPct >= facts.ouMediumPct ? "medium" : "low";
}

export const OU_FORMULA = "PRD / (PRD + SBY + UDT + SDT + EGT)";
