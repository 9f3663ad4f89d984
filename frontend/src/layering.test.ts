import { expect, it } from "vitest";

/** Folders from bottom to top: a folder imports from itself and from those before it. */
const LAYERS = [
  "contract",
  "theme",
  "words",
  "figures",
  "panel",
  "plant",
  "who",
  "filters",
  "table",
  "chart",
  "lots",
  "shell",
  "pages",
  "gallery",
];

const sources = import.meta.glob<string>("./*/**/*.{ts,vue}", { query: "?raw", import: "default", eager: true });
const files = Object.keys(sources).map((path) => path.slice(2));

/** The relative imports of a file, as paths below `src/`. */
function importsOf(file: string): string[] {
  const imports = sources[`./${file}`]!.matchAll(/(?:from|import|import\()\s*"(\.[^"]+)"/g);
  return [...imports].map(([, path]) => new URL(path!, `file:///${file}`).pathname.slice(1));
}

/** Layer and page of a file: pages don't import from each other. */
const homeOf = (path: string) => path.split("/").slice(0, path.startsWith("pages/") ? 2 : 1);

function isAllowed(from: string, to: string): boolean {
  const [layer, page] = homeOf(from);
  const [target, otherPage] = homeOf(to);
  if (layer === target) return page === otherPage;
  return LAYERS.indexOf(target!) < LAYERS.indexOf(layer!);
}

it("knows every folder", () => {
  const unknown = files.filter((file) => !LAYERS.includes(homeOf(file)[0]!));
  expect(files.length).toBeGreaterThan(50);
  expect(unknown).toEqual([]);
});

it("imports only from lower layers", () => {
  const upward = files.flatMap((file) =>
    importsOf(file)
      .filter((path) => !isAllowed(file, path))
      .map((path) => `${file} imports ${path}`),
  );
  expect(upward).toEqual([]);
});
