import type { LabelArray } from '../array/nd-array.js';
import { findRoot, singletons, unite } from '../structures/union-find.js';

/**
 * Numbers the connected parts of every label: pixels that share an edge and a label are one part, so a label that lies in
 * two places has two.
 *
 * One pass over the pixels to find runs of equal labels and unite those of adjoining rows, one to paint.
 *
 * @param labels int32, shape (rows, columns); 0 is background and has no part
 * @returns same shape: 0 in the background, else 1 … count in raster order of the first pixel of each part
 * @see scikit-image `measure.label(labels, connectivity=1)`, which also tells equal values apart
 */
export function labelParts(labels: LabelArray): { readonly parts: LabelArray; readonly count: number } {
  const [rows = 0, columns = 0] = labels.shape;
  const parts = new Int32Array(labels.data.length);
  const runs = paintRuns(parts, labels.data, columns);
  const parent = singletons(runs + 1);
  for (let at = columns; at < rows * columns; at += 1) {
    const run = parts[at]!;
    if (run === 0 || labels.data[at] !== labels.data[at - columns]) continue;
    // Pairs of the same two runs follow each other: only the first has to be united.
    const above = parts[at - columns]!;
    if (at % columns === 0 || parts[at - 1] !== run || parts[at - 1 - columns] !== above) unite(parent, run, above);
  }
  const numbers = new Int32Array(runs + 1);
  let count = 0;
  for (let run = 1; run <= runs; run += 1) {
    const root = findRoot(parent, run);
    numbers[run] = root === run ? ++count : numbers[root]!;
  }
  for (let at = 0; at < parts.length; at += 1) parts[at] = numbers[parts[at]!]!;
  return { parts: { shape: labels.shape, data: parts }, count };
}

/** Writes the number of its run, from 1, at each pixel that is not background. @returns how many runs there are */
function paintRuns(target: Int32Array, labels: Int32Array, columns: number): number {
  let run = 0;
  for (let at = 0; at < labels.length; at += 1) {
    const label = labels[at]!;
    if (label === 0) continue;
    if (at % columns === 0 || labels[at - 1] !== label) run += 1;
    target[at] = run;
  }
  return run;
}
