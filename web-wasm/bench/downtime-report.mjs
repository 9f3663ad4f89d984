// What both engines took for downtimes.

function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Medians over all pages: of the first pass (`cold`) and of the others (`warm`), by step, then engine. */
export function mediansOf(pages) {
  const report = { events: pages[0].events, cold: {}, warm: {} };
  for (const kind of ["cold", "warm"]) {
    for (const engine of Object.keys(pages[0][kind])) {
      for (const step of Object.keys(pages[0][kind][engine])) {
        (report[kind][step] ??= {})[engine] = median(pages.flatMap((page) => page[kind][engine][step]));
      }
    }
  }
  return report;
}

/** The medians as text. */
export function tableOf({ events, ...kinds }) {
  const lines = [`the same ${events} downtimes, hours and jobs by both engines; medians in ms`];
  for (const [kind, steps] of Object.entries(kinds)) {
    for (const [step, { "mes-compute": ours, "duckdb-wasm": theirs }] of Object.entries(steps)) {
      const cells = [ours.toFixed(1), theirs.toFixed(1), `${(theirs / ours).toFixed(1)} ×`].map((cell) => cell.padStart(10));
      lines.push([kind.padEnd(5), step.padEnd(34), ...cells].join(""));
    }
  }
  const head = ["".padEnd(39), ...["ours", "DuckDB", "ratio"].map((cell) => cell.padStart(10))].join("");
  return [lines[0], head, ...lines.slice(1)].join("\n");
}
