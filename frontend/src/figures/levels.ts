// Levels of OU %.
export type Level = "high" | "medium" | "low" | "none";

const HIGH_PCT = 80;
const MEDIUM_PCT = 50;

export function ouLevel(ouPct: number | null): Level {
  if (ouPct === null) return "none";
  if (ouPct >= HIGH_PCT) return "high";
  return ouPct >= MEDIUM_PCT ? "medium" : "low";
}
