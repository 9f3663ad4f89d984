// Assembles the parts of an overview on JavaScript's side of the boundary:
// crossing it once with two flat lists costs a tenth of crossing it per part.

/**
 * @param summary the key figures
 * @param explanation what each filter takes away
 * @param words codes and counts of all parts, one after the other
 * @param floats pieces and shares of all parts, one after the other
 * @param lengths groups, packages, quality and non-quality reasons, and values of the package, type and workcenter facet
 */
export function overview(summary, explanation, words, floats, lengths) {
  const [groups, packages, quality, nonQuality, ofPackage, ofType, ofWorkcenter] = lengths;
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
  const side = (length) => ({ reasons: takeWords(length), lots: takeWords(length), qty: takeFloats(length), cumulativePct: takeFloats(length) });
  const facet = (length) => ({ codes: takeWords(length), lots: takeWords(length) });
  const pareto = { quality: side(quality), nonQuality: side(nonQuality) };
  return { summary, matrix, pareto, facets: { package: facet(ofPackage), type: facet(ofType), workcenter: facet(ofWorkcenter) }, explanation };
}
