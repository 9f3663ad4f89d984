// Puts the parts of an overview together on JavaScript's side of the boundary:
// crossing it once with two flat lists costs a tenth of crossing it per part.

/**
 * @param summary the KPI summary
 * @param words codes, counts and flags of all parts, one after the other
 * @param floats pieces of all parts, one after the other
 * @param lengths groups, packages, holds, and values of the package, type and workcenter facet
 */
export function overview(summary, words, floats, lengths) {
  const [groups, packages, holds, ...facets] = lengths;
  // wasm's memory may move, so both lists are copied; once, because every buffer costs more than its view.
  const ownWords = words.slice();
  const ownFloats = floats.slice();
  let word = 0;
  let float = 0;
  const takeWords = (length) => ownWords.subarray(word, (word += length));
  const takeFloats = (length) => ownFloats.subarray(float, (float += length));
  const matrix = {
    groups: takeWords(groups),
    packages: takeWords(packages),
    qty: takeFloats(groups * packages),
    groupTotals: takeFloats(groups),
    packageTotals: takeFloats(packages),
    grandTotal: ownFloats[float++],
  };
  const perReason = { reasons: takeWords(holds), quality: new Uint8Array(takeWords(holds)), lots: takeWords(holds), qty: takeFloats(holds) };
  const facet = (length) => ({ codes: takeWords(length), lots: takeWords(length) });
  const [ofPackage, ofType, ofWorkcenter] = facets;
  return { summary, matrix, holds: perReason, facets: { package: facet(ofPackage), type: facet(ofType), workcenter: facet(ofWorkcenter) } };
}
