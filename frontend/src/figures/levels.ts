// How good a figure or a condition is.
import { FACTS } from "../contract/facts";

export type Level = "high" | "medium" | "low" | "none";

const TOKENS: Record<Level, string> = { high: "prd", medium: "sby", low: "udt", none: "text-2" };

export function levelColour(level: Level): string {
  return `var(--${TOKENS[level]})`;
}

export function ouLevel(ouPct: number | null): Level {
  if (ouPct === null) return "none";
  if (ouPct >= FACTS.ouHighPct) return "high";
  return ouPct >= FACTS.ouMediumPct ? "medium" : "low";
}

export const OU_FORMULA = "PRD / (PRD + SBY + UDT + SDT + EGT)";
