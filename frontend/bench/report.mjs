// What was measured, as text.

/**
 * In ms, heap in MB. `work` is script, style and layout until the paint, `later` what charts out of the way of the next
 * input take after it, `rival` the ratio of both to those of the hand-written page.
 */
const LIMITS = { p75: 50, worst: 100, work: 16, longest: 50, shift: 0, live: 16, cold: 1_000, heap: 32, rival: 2 };

const sorted = (list) => list.filter(Number.isFinite).toSorted((a, b) => a - b);
/** The value that a share of a list does not exceed; nothing of an empty one. */
function quantile(list, share) {
  const known = sorted(list);
  return known.length === 0 ? Number.NaN : known[Math.min(known.length - 1, Math.floor(share * known.length))];
}
const median = (list) => quantile(list, 0.5);

/** One interaction by its samples. */
function summary(samples) {
  const of = (name) => samples.map((sample) => sample[name]);
  return {
    median: median(of("paint")),
    p75: quantile(of("paint"), 0.75),
    worst: Math.max(...of("paint"), 0),
    longest: Math.max(...of("longest"), 0),
    work: median(samples.map(({ times }) => times.work)),
    later: median(samples.map(({ times }) => times.later)),
    parts: ["script", "style", "layout", "paint"].map((kind) => median(samples.map(({ times }) => times[kind]))),
    busy: median(of("busy")),
    shift: Math.max(...of("shift"), 0),
  };
}

const cells = (list, widths) => list.map((text, at) => (at === 0 ? text.padEnd(widths[at]) : text.padStart(widths[at]))).join("  ");
const ms = (value) => (Number.isNaN(value) ? "–" : value.toFixed(value < 10 ? 1 : 0));
const over = (value, limit) => (value > limit ? "!" : " ");

const HEAD = [
  "interaction",
  "median",
  "p75",
  "worst",
  "longest",
  "work",
  "later",
  "script/style/layout/paint",
  "all",
  "shift",
  "rival p75",
  "× work",
];
const WIDTHS = [30, 6, 6, 6, 7, 6, 6, 25, 6, 6, 9, 6];

/** All script, style and layout of an interaction, against that of another page. */
const ratio = (of, other) => (of.work + of.later) / (other.work + other.later);

/** One page: what each interaction costs; `!` behind a figure beyond its limit. */
export function table(page, { steps, cold, heapMb }, rival, declared) {
  const lines = [`\n${page}: shown after ${ms(median(cold))} ms in an empty browser, heap ${heapMb.toFixed(1)} MB`, cells(HEAD, WIDTHS)];
  for (const [name, samples] of Object.entries(steps)) {
    const of = summary(samples);
    const same = rival[declared.steps[name].rival];
    const other = same && summary(same);
    const figures = [
      ms(of.median),
      ms(of.p75) + over(of.p75, LIMITS.p75),
      ms(of.worst) + over(of.worst, LIMITS.worst),
      ms(of.longest) + over(of.longest, LIMITS.longest),
      ms(of.work) + over(of.work, LIMITS.work),
      ms(of.later),
      of.parts.map(ms).join("/"),
      ms(of.busy),
      of.shift === 0 ? "0" : `${of.shift.toFixed(3)}!`,
      other ? ms(other.p75) : "",
      other ? ratio(of, other).toFixed(1) : "",
    ];
    lines.push(cells([name, ...figures], WIDTHS));
  }
  return lines.join("\n");
}

/** What updates cost a page. */
export function updates(page, { work, longest, shift, updates: count }) {
  return `${page.padEnd(18)} ${count} updates of ${ms(work)}${over(work, LIMITS.live)} ms, longest task ${ms(longest)}, layout shift ${shift.toFixed(4)}`;
}

/** The budgets of one size, each with its figure. */
export function figures({ lots, pages, rival }, declared) {
  const found = [];
  const everyPaint = Object.values(pages).flatMap(({ steps }) => Object.values(steps).flatMap((all) => all.map(({ paint }) => paint)));
  found.push({
    what: `all pages, ${lots} lots: interaction to next paint, p75`,
    figure: quantile(everyPaint, 0.75),
    limit: LIMITS.p75,
    unit: "ms",
    told: `${everyPaint.length} interactions, worst ${Math.max(0, ...everyPaint)} ms`,
  });
  for (const [page, { steps, cold, live, heapMb }] of Object.entries(pages)) {
    const about = (what, figure, limit, unit, told = "") =>
      found.push({ what: `${page}, ${lots} lots: ${what}`, figure, limit, unit, told });
    const all = Object.entries(steps).map(([name, samples]) => ({ name, ...summary(samples) }));
    const most = (key) => all.reduce((worst, one) => (one[key] <= worst[key] ? worst : one), all[0]);
    if (all.length > 0) {
      const paints = Object.values(steps).flatMap((samples) => samples.map(({ paint }) => paint));
      about("interaction to next paint, p75", quantile(paints, 0.75), LIMITS.p75, "ms");
      about("interaction to next paint, worst", most("worst").worst, LIMITS.worst, "ms", most("worst").name);
      about(
        "script, style and layout until the paint",
        most("work").work,
        LIMITS.work,
        "ms",
        `${most("work").name}; after it at most ${ms(most("later").later)} ms, ${most("later").name}`,
      );
      about("longest task of an interaction", most("longest").longest, LIMITS.longest, "ms", most("longest").name);
      about("layout shift of an interaction", most("shift").shift, LIMITS.shift, "of the page", most("shift").name);
    }
    about("script, style and layout of an update", live.work, LIMITS.live, "ms", `${live.updates} updates`);
    about("layout shift of updates", live.shift, LIMITS.shift, "of the page");
    about("shown in an empty browser", median(cold), LIMITS.cold, "ms");
    about("heap", heapMb, LIMITS.heap, "MB");
    for (const [name, samples] of Object.entries(steps)) {
      const same = rival[declared[page].steps[name].rival];
      if (same) about(`${name}, against a hand-written page`, ratio(summary(samples), summary(same)), LIMITS.rival, "×");
    }
  }
  return found;
}

/** Two servers beside each other: median, worst, and processor time of all the page's work. */
export function compared(page, found) {
  const names = Object.keys(found[0].steps);
  const told = (samples = []) => {
    const { median: middle, worst, busy } = summary(samples);
    return `${ms(middle)} / ${ms(worst)}, ${ms(busy)}`.padEnd(20);
  };
  return [`\n${page}`, ...names.map((name) => [name.padEnd(30), ...found.map((of) => told(of.steps[name]))].join("  "))].join("\n");
}
