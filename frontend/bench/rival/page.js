// Rows as objects, tables as text: only the rows in view are in the page.
const ROW_PX = 34;
const OVERSCAN = 8;
const escaped = (text) => String(text ?? "").replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** A table in `frame`; `show` gives it other rows. A heading orders them, and lets go at the third click. */
function table(frame, columns, onOpen) {
  frame.innerHTML = `<table><thead><tr>${columns.map(({ label }) => `<th>${escaped(label)}</th>`).join("")}</tr></thead><tbody></tbody></table>`;
  const body = frame.querySelector("tbody");
  let given = [];
  let rows = [];
  let order = { column: -1, step: 0 };
  const room = (count) => `<tr class="room" style="height:${count * ROW_PX}px"><td colspan="${columns.length}"></td></tr>`;
  function draw() {
    const first = Math.max(0, Math.floor(frame.scrollTop / ROW_PX) - OVERSCAN);
    const shown = rows.slice(first, first + Math.ceil(frame.clientHeight / ROW_PX) + 2 * OVERSCAN);
    const cells = (row) => columns.map(({ text }, at) => (at === 0 ? `<th>${escaped(text(row))}</th>` : `<td>${escaped(text(row))}</td>`));
    const lines = shown.map((row, at) => `<tr data-row="${first + at}">${cells(row).join("")}</tr>`);
    body.innerHTML = room(first) + lines.join("") + room(rows.length - first - shown.length);
  }
  function sort() {
    rows = given;
    if (order.step > 0) {
      const { text } = columns[order.column];
      const sign = order.step === 1 ? 1 : -1;
      const compare = (a, b) => (typeof a === "number" ? a - b : a < b ? -1 : a > b ? 1 : 0);
      rows = given.toSorted((a, b) => sign * compare(text(a), text(b)));
    }
    draw();
  }
  frame.addEventListener("scroll", draw);
  frame.addEventListener("click", ({ target }) => {
    const cell = target.closest("td, th");
    const row = cell?.parentElement.dataset.row;
    if (row !== undefined) return onOpen?.(rows[row], cell.cellIndex);
    if (!cell?.closest("thead")) return;
    order = { column: cell.cellIndex, step: order.column === cell.cellIndex ? (order.step + 1) % 3 : 1 };
    sort();
  });
  return (next) => {
    given = next;
    frame.scrollTop = 0;
    sort();
  };
}

const { lots, machines } = await (await fetch("rows")).json();
const field = (label, key) => ({ label, text: (row) => row[key] });
const LOT = [
  field("Lot ID", "lotId"),
  field("State", "wipStatus"),
  field("Group", "workcenterGroup"),
  field("Pieces", "qty"),
  field("Package", "packageLef"),
  field("Spec", "spec"),
  field("Machine", "equipment"),
  field("Hold reason", "holdReason"),
];
const MACHINE = [
  field("Machine", "name"),
  field("Group", "group"),
  field("State", "state"),
  field("Reason", "reason"),
  field("Family", "family"),
  field("Lots", "lots"),
];

const panel = document.getElementById("panel");
const showPanel = table(document.getElementById("panel-lots"), LOT);
function open(group, pack) {
  panel.showModal();
  showPanel(lots.filter((lot) => lot.workcenterGroup === group && (pack === undefined || lot.packageLef === pack)));
}

const sums = new Map();
for (const { workcenterGroup, packageLef, qty } of lots) {
  const group = sums.get(workcenterGroup) ?? sums.set(workcenterGroup, new Map()).get(workcenterGroup);
  group.set(packageLef, (group.get(packageLef) ?? 0) + qty);
}
const packages = [...new Set(lots.map(({ packageLef }) => packageLef))].slice(0, 15);
const matrix = [
  { label: "Group", text: ([group]) => group },
  ...packages.map((pack) => ({ label: pack, text: ([, of]) => of.get(pack)?.toLocaleString("en") })),
];
table(document.getElementById("matrix"), matrix, ([group], column) => open(group, packages[column - 1]))([...sums]);

const showLots = table(document.getElementById("lots"), LOT);
showLots(lots);
document.getElementById("lots-filter").addEventListener("input", ({ target }) => {
  const typed = target.value.toLowerCase();
  showLots(lots.filter(({ lotId }) => lotId?.toLowerCase().includes(typed)));
});

const showMachines = table(document.getElementById("machines"), MACHINE);
showMachines(machines);
let chosen;
const groups = [...Map.groupBy(machines, ({ group }) => group)];
const groupColumns = [
  { label: "Group", text: ([group]) => group },
  { label: "Machines", text: ([, of]) => of.length },
];
table(document.getElementById("groups"), groupColumns, ([group, of]) => {
  chosen = chosen === group ? undefined : group;
  showMachines(chosen === undefined ? machines : of);
})(groups);
document.body.dataset.ready = "";
