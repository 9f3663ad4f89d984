// Sample data of the gallery: ordinary, hostile, long and missing values.
import type { ParetoBar } from "mes-compute";

import type { Area } from "../chart/treemap";
import type { Figure, StateFigure } from "../figures/figure";
import { stateColour } from "../figures/states";
import type { Column } from "../table/column";

export const figures: Figure[] = [
  { key: "total", label: "Total", value: "11,960", unit: "lots", detail: "278.6M pcs", letter: "Σ", colour: "var(--text-2)", share: 1 },
  { key: "run", label: "Run", value: "2,986", unit: "lots", detail: "68.3M pcs", letter: "R", colour: "var(--run)", share: 0.25 },
  { key: "hold", label: "A name that is longer than its card is wide, at least on small screens", value: "0", unit: "lots" },
];

export const states: StateFigure[] = [
  { code: "PRD", share: 1_100, value: "1,100" },
  { code: "SBY", share: 400, value: "400", detail: "20.0%" },
  {
    code: "UDT",
    share: 250,
    value: "250",
    detail: "UDT\u00a0150 · PM\u00a088 · BKD\u00a011 · and 1 more",
    hint: "UDT 150 · PM 88 · BKD 11 · JAM 1",
  },
  { code: "SDT", share: 120, value: "120" },
  { code: "EGT", share: 80, value: "80" },
  { code: "NST", share: 50, value: "50" },
  { code: "OTHER", share: 0, value: "0" },
];

export interface Sample {
  id: string;
  state: string | null;
  qty: number | null;
  note: string;
}

export const rows: Sample[] = Array.from({ length: 5_000 }, (_, n) => ({
  id: `GA2611${String(n).padStart(4, "0")}`,
  state: ["RUN", "QUEUE", "HOLD", null][n % 4] ?? null,
  qty: n % 7 === 0 ? null : (n * 7_919) % 90_000,
  note: n % 5 === 0 ? `<img src=x onerror="alert(1)">` : "",
}));

export const columns: Column<Sample>[] = [
  { key: "id", label: "Lot ID", value: ({ id }) => id, width: 130 },
  { key: "state", label: "State", value: ({ state }) => state, ink: ({ state }) => stateColour(state) },
  {
    key: "qty",
    label: "Pieces",
    value: ({ qty }) => qty,
    num: true,
    total: 218_402_113,
    detail: ({ qty }) => (qty ? `${Math.round(qty / 900)}%` : "–"),
  },
  { key: "note", label: "Note", value: ({ note }) => note, width: 220 },
];

export const manyColumns: Column<Sample>[] = [
  columns[0]!,
  ...Array.from({ length: 300 }, (_, n): Column<Sample> => ({
    key: `c${n}`,
    label: `Column ${n}`,
    value: ({ qty }) => (qty ?? 0) + n,
    num: true,
    opens: () => true,
    shade: ({ qty }) => (((qty ?? 0) + n * 997) % 90_000) / 270_000,
  })),
];

export interface SampleNode {
  name: string;
  machines: number;
  children?: SampleNode[];
}

export const tree: SampleNode[] = ["焊接_DB", "成型", "", "A group whose name goes on and on and on and on"].map((name, g) => ({
  name,
  machines: 40,
  children: [1, 2].map((f) => ({
    name: `Family ${g}-${f}`,
    machines: 20,
    children: Array.from({ length: 20 }, (_, m) => ({ name: `GW${g}${f}-${m}`, machines: 1 })),
  })),
}));

export const bars: ParetoBar[] = ["Scratch", "外觀不良待判(QC)", "<b>bold</b>", "Missing label on the reel of the customer", "–"].map(
  (reason, n) => ({
    reason,
    lots: 50 - 9 * n,
    qty: 900_000 - 170_000 * n,
    cumulativePct: 30 + 17 * n,
  }),
);

const area = (name: string, size: number, heat: number): Area => ({ name, size, heat, tip: () => [`${size} lots`, `${heat} days`] });
export const areas: Area[] = [
  { ...area("焊接_DB", 120, 3.2), parts: [area("自行暫停", 80, 2.1), area(`<b>${"long ".repeat(20)}</b>`, 40, 5.4)] },
  { ...area("TMTT", 30, 12), parts: [area("", 29, 12.2), area("特殊需求管控", 1, 0)] },
];
