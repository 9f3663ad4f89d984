// Times of a shift as places on a line.
import { elapsedSecs } from "../figures/numbers";

/** Plant time is a text without an offset; sums of it are those of UTC. */
export function plus(moment: string, seconds: number): string {
  return new Date(Date.parse(`${moment.replace(" ", "T")}Z`) + seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
}

/** A background that is filled where something is known. */
export function gradientOf(from: string, length: number, known: readonly { from: string; until: string }[]): string {
  const at = (moment: string) => `${(((elapsedSecs(from, moment) ?? 0) / length) * 100).toFixed(2)}%`;
  const [empty, full] = ["var(--line)", "var(--accent)"];
  const stops = known.flatMap((span) => [
    `${empty} ${at(span.from)}`,
    `${full} ${at(span.from)}`,
    `${full} ${at(span.until)}`,
    `${empty} ${at(span.until)}`,
  ]);
  return `linear-gradient(90deg, ${[`${empty} 0%`, ...stops, `${empty} 100%`].join(", ")})`;
}
