// The rival that matters most: what a careful engineer writes by hand in
// JavaScript. Dictionary codes and quantities as typed arrays, one pass, dense
// accumulators, everything of one interaction out of the same loop.

const RUN = 0;
const QUEUE = 1;
const QUALITY_HOLD = 2;
const NON_QUALITY_HOLD = 3;

/** Reads the columns that an interaction touches out of an Arrow table. */
export function load(table) {
  const rows = table.numRows;
  const status = new Uint8Array(rows);
  const dummy = new Uint8Array(rows);
  const wip = table.getChild("WIPSTATUS");
  const hold = table.getChild("HOLDTYPE");
  const lot = table.getChild("LOTID");
  for (let row = 0; row < rows; row += 1) {
    const name = wip.get(row);
    status[row] = name === "RUN" ? RUN : name === "QUEUE" ? QUEUE : hold.get(row) === "quality" ? QUALITY_HOLD : NON_QUALITY_HOLD;
    dummy[row] = /dummy/i.test(lot.get(row) ?? "") ? 1 : 0;
  }
  const sequence = table.getChild("WORKCENTERSEQUENCE_GROUP");
  const sequenced = new Uint8Array(rows);
  for (let row = 0; row < rows; row += 1) sequenced[row] = sequence.get(row) === null ? 0 : 1;
  return {
    rows,
    status,
    dummy,
    sequenced,
    qty: Int32Array.from(table.getChild("QTY").toArray()),
    group: codes(table, "WORKCENTER_GROUP"),
    package: codes(table, "PACKAGE_LEF"),
    type: codes(table, "PJ_TYPE"),
    reason: codes(table, "HOLDREASONNAME"),
  };
}

/** Code of each row; NULL is the code after the last name, so that no branch is needed to count it. */
function codes(table, name) {
  const column = table.getChild(name);
  const names = [...new Set(column.toArray === undefined ? [] : iterate(column))].filter((n) => n !== null).sort();
  const index = new Map(names.map((value, code) => [value, code]));
  const out = new Uint16Array(table.numRows);
  for (let row = 0; row < out.length; row += 1) out[row] = index.get(column.get(row)) ?? names.length;
  return { names, codes: out };
}

function* iterate(column) {
  for (let row = 0; row < column.length; row += 1) yield column.get(row);
}

/** Summary, matrix, hold Pareto and three facets under `filter`. */
export function interact(lots, filter) {
  const groups = lots.group.names.length + 1;
  const packages = lots.package.names.length + 1;
  const summaryLots = new Float64Array(4);
  const summaryQty = new Float64Array(4);
  const matrix = new Float64Array(groups * packages);
  const holdLots = new Uint32Array(lots.reason.names.length + 1);
  const holdQty = new Float64Array(lots.reason.names.length + 1);
  const facetPackage = new Uint32Array(packages);
  const facetType = new Uint32Array(lots.type.names.length + 1);
  const facetGroup = new Uint32Array(groups);
  const wanted = filter.package === undefined ? -1 : lots.package.names.indexOf(filter.package);
  const holdOnly = filter.status === "HOLD";
  const { rows, status, dummy, sequenced, qty } = lots;
  const group = lots.group.codes;
  const pack = lots.package.codes;
  const type = lots.type.codes;
  const reason = lots.reason.codes;
  const noGroup = groups - 1;
  const noPackage = packages - 1;
  for (let row = 0; row < rows; row += 1) {
    if (dummy[row]) continue;
    const rowStatus = status[row];
    const inStatus = !holdOnly || rowStatus >= QUALITY_HOLD;
    const rowPackage = pack[row];
    if (wanted >= 0 && rowPackage !== wanted) {
      if (inStatus) facetPackage[rowPackage] += 1;
      continue;
    }
    const rowQty = qty[row];
    summaryLots[rowStatus] += 1;
    summaryQty[rowStatus] += rowQty;
    if (rowStatus >= QUALITY_HOLD) {
      holdLots[reason[row]] += 1;
      holdQty[reason[row]] += rowQty;
    }
    if (!inStatus) continue;
    const rowGroup = group[row];
    facetPackage[rowPackage] += 1;
    facetType[type[row]] += 1;
    facetGroup[rowGroup] += 1;
    if (sequenced[row] && rowGroup !== noGroup && rowPackage !== noPackage) matrix[rowGroup * packages + rowPackage] += rowQty;
  }
  const pareto = [...holdLots.keys()]
    .filter((code) => code < lots.reason.names.length && holdLots[code] > 0)
    .sort((a, b) => holdQty[b] - holdQty[a]);
  return { summaryLots, summaryQty, matrix, holdLots, holdQty, pareto, facetPackage, facetType, facetGroup };
}

/** The figures by which all engines are shown to have done the same work. */
export function checksum(result) {
  const sum = (list) => list.reduce((total, value) => total + value, 0);
  return {
    lots: sum(result.summaryLots),
    qty: sum(result.summaryQty),
    matrix: sum(result.matrix),
    facetPackage: sum(result.facetPackage.slice(0, -1)),
    facetType: sum(result.facetType.slice(0, -1)),
    facetGroup: sum(result.facetGroup.slice(0, -1)),
    holds: sum(result.holdLots.slice(0, -1)),
  };
}
