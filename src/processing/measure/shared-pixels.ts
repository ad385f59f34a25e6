/**
 * Counts the pixels that two label images of the same size share, for each pair of labels that meet; labels < 1 are
 * background.
 * @returns for each label of `a` the labels of `b` that it meets, each with the number of shared pixels
 */
export function sharedPixels(a: Int32Array, b: Int32Array): Map<number, Map<number, number>> {
  const shared = new Map<number, Map<number, number>>();
  forRuns(a, b, (labelA, labelB, length) => {
    let row = shared.get(labelA);
    if (!row) shared.set(labelA, (row = new Map()));
    row.set(labelB, (row.get(labelB) ?? 0) + length);
  });
  return shared;
}

/** Calls back for each stretch of pixels over which both labels stay the same and neither is background. */
export function forRuns(a: Int32Array, b: Int32Array, visit: (a: number, b: number, length: number) => void): void {
  let start = 0;
  for (let i = 1; i <= a.length; i++) {
    if (i < a.length && a[i] === a[start] && b[i] === b[start]) continue;
    if (a.length > 0 && a[start]! > 0 && b[start]! > 0) visit(a[start]!, b[start]!, i - start);
    start = i;
  }
}
