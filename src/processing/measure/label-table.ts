import type { Stretches } from './runs.js';

/** Largest label for which a table with an entry per number is kept whatever the size of the image. */
const ALWAYS_DENSE = 0xffff;

/** The distinct labels above 0 in ascending order, with the number of pixels of each. */
export interface LabelTable {
  readonly values: Int32Array;
  readonly areas: Int32Array;
}

/**
 * Lists the labels of a label image. O(n) for labels not much above the number of pixels.
 * @param stretches where labels are. Default: everywhere
 * @throws {RangeError} if a label is negative; `caller` begins the message
 */
export function labelTable(caller: string, labels: Int32Array, stretches = wholeOf(labels)): LabelTable {
  const greatest = greatestLabel(caller, labels, stretches);
  if (greatest > Math.max(ALWAYS_DENSE, labels.length)) return sparseTable(labels);
  const counts = new Int32Array(greatest + 1);
  countLabels(counts, labels, stretches);
  let size = 0;
  for (let value = 1; value <= greatest; value += 1) size += counts[value] === 0 ? 0 : 1;
  const values = new Int32Array(size);
  let place = 0;
  for (let value = 1; value <= greatest; value += 1) {
    if (counts[value] === 0) continue;
    values[place] = value;
    place += 1;
  }
  return { values, areas: values.map((value) => counts[value]!) };
}

/**
 * A label image in which each pixel of `values[i]` holds `replacements[i]`; all others hold 0.
 * @param values ascending, as `labelTable` gives them
 */
export function replaceLabels(
  labels: Int32Array,
  values: Int32Array,
  replacements: Int32Array,
): Int32Array<ArrayBuffer> {
  const result = labels.slice();
  replaceInPlace(result, values, replacements, wholeOf(labels));
  return result;
}

/** The same in the image itself, in the given stretches of it. */
export function replaceInPlace(
  labels: Int32Array,
  values: Int32Array,
  replacements: Int32Array,
  { count, begin, end }: Stretches,
): void {
  const greatest = values.at(-1) ?? 0;
  const isSparse = greatest > Math.max(ALWAYS_DENSE, labels.length);
  const sparse = new Map<number, number>();
  const dense = new Int32Array(isSparse ? 0 : greatest + 1);
  for (let i = 0; i < values.length; i += 1) {
    if (isSparse) sparse.set(values[i]!, replacements[i]!);
    else dense[values[i]!] = replacements[i]!;
  }
  for (let stretch = 0; stretch < count; stretch += 1) {
    const last = end[stretch]!;
    for (let i = begin[stretch]!; i < last; i += 1) {
      const value = labels[i]!;
      if (value === 0) continue;
      if (isSparse) labels[i] = sparse.get(value) ?? 0;
      else labels[i] = value > 0 && value <= greatest ? dense[value]! : 0;
    }
  }
}

/** All pixels as one stretch. */
function wholeOf({ length }: Int32Array): Stretches {
  return { count: 1, begin: Int32Array.of(0), end: Int32Array.of(length) };
}

function greatestLabel(caller: string, labels: Int32Array, { count, begin, end }: Stretches): number {
  let greatest = 0;
  let least = 0;
  for (let stretch = 0; stretch < count; stretch += 1) {
    const last = end[stretch]!;
    for (let i = begin[stretch]!; i < last; i += 1) {
      const value = labels[i]!;
      if (value > greatest) greatest = value;
      if (value < least) least = value;
    }
  }
  if (least < 0) throw new RangeError(`${caller}: labels hold ${least}; labels are 0 (background) or positive`);
  return greatest;
}

/** Adds up pixels of equal label that follow each other: to count each by itself would wait, each time, for the addition before. */
function countLabels(counts: Int32Array, labels: Int32Array, { count, begin, end }: Stretches): void {
  for (let stretch = 0; stretch < count; stretch += 1) {
    const last = end[stretch]!;
    let first = begin[stretch]!;
    while (first < last) {
      const label = labels[first]!;
      let i = first + 1;
      while (i < last && labels[i] === label) i += 1;
      counts[label]! += i - first;
      first = i;
    }
  }
}

function sparseTable(labels: Int32Array): LabelTable {
  const counts = new Map<number, number>();
  for (let i = 0; i < labels.length; i += 1) {
    const value = labels[i]!;
    if (value !== 0) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const values = Int32Array.from(counts.keys()).toSorted();
  return { values, areas: values.map((value) => counts.get(value)!) };
}
