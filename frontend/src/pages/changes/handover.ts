// The handover of a shift as one page that opens without a network: figures, changes, open holds, machines down, notes.
// Texts of the plant and of people are text in it, never markup.

export interface HandoverTable {
  title: string;
  head: readonly string[];
  /** Texts as the page shows them; numbers stand at the right. */
  rows: readonly (readonly (string | number)[])[];
  /** What the rows leave out. */
  more?: string | undefined;
}

export interface Handover {
  language: string;
  title: string;
  /** What it is of: names and values. */
  facts: readonly (readonly [string, string])[];
  figures: readonly { title: string; items: readonly { label: string; value: string; detail?: string | undefined }[] }[];
  tables: readonly HandoverTable[];
  notesTitle: string;
  notes: string;
}

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => ESCAPES[letter]!);
}

const STYLE = `
body { font: 14px/1.45 system-ui, "Noto Sans TC", sans-serif; margin: 24px auto; max-width: 1100px; padding: 0 16px; color: #1d2530; background: #fff }
h1 { font-size: 22px; margin: 0 0 8px } h2 { font-size: 16px; margin: 24px 0 8px }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 16px; margin: 0 } dt { color: #5a6675 } dd { margin: 0; overflow-wrap: anywhere }
ul { list-style: none; display: flex; flex-wrap: wrap; gap: 8px; margin: 0; padding: 0 }
li { border: 1px solid #ccd3dc; border-radius: 8px; padding: 8px 14px; min-width: 110px } li b { display: block; font-size: 20px } li small { color: #5a6675 }
table { border-collapse: collapse; width: 100%; font-size: 13px } th, td { text-align: left; padding: 4px 8px; border-bottom: 1px solid #e2e7ed; overflow-wrap: anywhere; vertical-align: top }
th { background: #f3f5f8 } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
pre { font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid #ccd3dc; border-radius: 8px; padding: 12px; min-height: 3em; margin: 0 }
.more { color: #5a6675 } @media print { body { margin: 0; max-width: none } tr, li { break-inside: avoid } thead { display: table-header-group } }`;

function tableOf({ title, head, rows, more }: HandoverTable): string {
  const cell = (value: string | number) =>
    `<td${typeof value === "number" ? ' class="n"' : ""}>${escaped(typeof value === "number" ? value.toLocaleString("en") : value)}</td>`;
  const body = rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("\n");
  const names = head.map((name) => `<th scope="col">${escaped(name)}</th>`).join("");
  const table = `<table><thead><tr>${names}</tr></thead><tbody>\n${body}\n</tbody></table>`;
  return `<h2>${escaped(title)}</h2>\n${rows.length > 0 ? table : ""}${more ? `<p class="more">${escaped(more)}</p>` : ""}`;
}

export function handoverPage({ language, title, facts, figures, tables, notesTitle, notes }: Handover): string {
  const known = facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join("");
  const strip = figures.map(({ title: name, items }) => {
    const list = items.map(
      ({ label, value, detail }) => `<li>${escaped(label)}<b>${escaped(value)}</b><small>${escaped(detail ?? "")}</small></li>`,
    );
    return `<h2>${escaped(name)}</h2>\n<ul>${list.join("")}</ul>`;
  });
  return `<!doctype html>
<html lang="${escaped(language)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>${STYLE}</style></head>
<body>
<h1>${escaped(title)}</h1>
<dl>${known}</dl>
<h2>${escaped(notesTitle)}</h2>
<pre>${escaped(notes)}</pre>
${strip.join("\n")}
${tables.map(tableOf).join("\n")}
</body></html>
`;
}
