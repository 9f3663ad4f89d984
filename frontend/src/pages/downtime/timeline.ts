// Where the states of machines lie on a common time axis.
import type { MachineTimeline, State, TimelineSegment } from "mes-compute";

/** First and last second. */
export type Span = readonly [number, number];

const DAY_SECS = 86_400;
/** Most labels of the axis. */
const MOST_TICKS = 8;

/** Seconds since 1970 of a moment of the plant. */
const seconds = (moment: string) => Date.parse(`${moment.replace(" ", "T")}Z`) / 1_000;

/** The first begin and the last end of all machines. */
export function spanOf(machines: readonly MachineTimeline[]): Span {
  let [first, last] = [Infinity, -Infinity];
  for (const { segments } of machines) {
    for (const { from, until } of segments) {
      first = Math.min(first, seconds(from));
      last = Math.max(last, seconds(until));
    }
  }
  return first < last ? [first, last] : [0, 1];
}

/** Midnights, at equal distances, with their place from 0 to 1. */
export function ticksOf([first, last]: Span): { place: number; label: string }[] {
  const days = (last - first) / DAY_SECS;
  const step = Math.max(1, Math.ceil(days / MOST_TICKS)) * DAY_SECS;
  const ticks = [];
  for (let at = Math.ceil(first / DAY_SECS) * DAY_SECS; at < last; at += step) {
    ticks.push({ place: (at - first) / (last - first), label: new Date(at * 1_000).toISOString().slice(5, 10) });
  }
  return ticks;
}

/** One SVG path for each state, as wide as the span: a month has too many segments for an element each. */
export function pathsOf(segments: readonly TimelineSegment[], [first]: Span): { state: State; path: string }[] {
  const paths = new Map<State, string>();
  for (const { state, from, until } of segments) {
    const begin = seconds(from);
    paths.set(state, `${paths.get(state) ?? ""}M${begin - first} 0h${seconds(until) - begin}v1H${begin - first}z`);
  }
  return [...paths].map(([state, path]) => ({ state, path }));
}

/** The segment at a place from 0 to 1; the one that began last where several overlap. */
export function segmentAt(segments: readonly TimelineSegment[], place: number, [first, last]: Span): TimelineSegment | undefined {
  const moment = first + place * (last - first);
  return segments.findLast(({ from, until }) => seconds(from) <= moment && moment < seconds(until));
}
