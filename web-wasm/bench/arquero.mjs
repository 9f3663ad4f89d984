// Arquero 7: the same interaction as grouped roll-ups.
import { desc, op, table as makeTable } from "arquero";

/** @param lots the typed-array form, so that both rivals read the same columns */
export function load(lots) {
  return makeTable({
    status: lots.status,
    dummy: lots.dummy,
    sequenced: lots.sequenced,
    qty: lots.qty,
    group: lots.group.codes,
    package: lots.package.codes,
    type: lots.type.codes,
    reason: lots.reason.codes,
  });
}

export function interact(lots, names, filter) {
  const wanted = filter.package === undefined ? -1 : names.package.indexOf(filter.package);
  const real = lots.filter((d) => d.dummy === 0);
  const inPackage = wanted < 0 ? real : real.params({ wanted }).filter((d, $) => d.package === $.wanted);
  const onHold = filter.status === "HOLD";
  const picked = onHold ? inPackage.filter((d) => d.status >= 2) : inPackage;
  const elsewhere = onHold ? real.filter((d) => d.status >= 2) : real;
  const count = { lots: () => op.count() };
  return {
    summary: inPackage.groupby("status").rollup({ lots: () => op.count(), qty: (d) => op.sum(d.qty) }).objects(),
    matrix: picked
      .params({ groups: names.group.length, packages: names.package.length })
      .filter((d, $) => d.sequenced === 1 && d.group < $.groups && d.package < $.packages)
      .groupby("group", "package")
      .rollup({ qty: (d) => op.sum(d.qty) })
      .objects(),
    pareto: inPackage
      .params({ reasons: names.reason.length })
      .filter((d, $) => d.status >= 2 && d.reason < $.reasons)
      .groupby("reason")
      .rollup({ lots: () => op.count(), qty: (d) => op.sum(d.qty) })
      .orderby(desc("qty"))
      .objects(),
    facetPackage: elsewhere.groupby("package").rollup(count).objects(),
    facetType: picked.groupby("type").rollup(count).objects(),
    facetGroup: picked.groupby("group").rollup(count).objects(),
  };
}

export function checksum(result, names) {
  const sum = (list, field) => list.reduce((total, row) => total + row[field], 0);
  const named = (list, field, count) => sum(list.filter((row) => row[field] < count), "lots");
  return {
    lots: sum(result.summary, "lots"),
    qty: sum(result.summary, "qty"),
    matrix: sum(result.matrix, "qty"),
    facetPackage: named(result.facetPackage, "package", names.package.length),
    facetType: named(result.facetType, "type", names.type.length),
    facetGroup: named(result.facetGroup, "group", names.group.length),
    holds: sum(result.pareto, "lots"),
  };
}
