/** Largest label for which a table with an entry per number is kept whatever the size of the image. */
const ALWAYS_DENSE = 0xffff;

/** The distinct labels above 0 in ascending order, with the number of pixels of each. */
export interface LabelTable {
  readonly values: Int32Array;
  readonly areas: Int32Array;
}

/**
 * Lists the labels of a label image. O(n) for labels not much above the number of pixels.
 * @throws {RangeError} if a label is negative; `caller` begins the message
 */
export function labelTable(caller: string, labels: Int32Array): LabelTable {
  const greatest = greatestLabel(caller, labels);
  if (greatest > Math.max(ALWAYS_DENSE, labels.length)) return sparseTable(labels);
  const counts = new Int32Array(greatest + 1);
  countStretches(counts, labels);
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

/** Counts stretches of equal labels: to add 1 for each pixel would wait, each time, for the addition before. */
function countStretches(counts: Int32Array, labels: Int32Array): void {
  let label = 0;
  let first = 0;
  for (let i = 0; i < labels.length; i += 1) {
    if (labels[i] === label) continue;
    counts[label]! += i - first;
    label = labels[i]!;
    first = i;
  }
  counts[label]! += labels.length - first;
}

/**
 * A label image in which each pixel of `values[i]` holds `replacements[i]`; all others hold 0.
 * @param values ascending, as `labelTable` gives them
 * @param result where to write; may be `labels`. Default: a new array
 */
export function replaceLabels(
  labels: Int32Array,
  values: Int32Array,
  replacements: Int32Array,
  result: Int32Array = new Int32Array(labels.length),
): Int32Array {
  const greatest = values[values.length - 1] ?? 0;
  if (greatest > Math.max(ALWAYS_DENSE, labels.length)) {
    const sparse = new Map<number, number>();
    values.forEach((value, i) => sparse.set(value, replacements[i]!));
    for (let i = 0; i < labels.length; i += 1) result[i] = sparse.get(labels[i]!) ?? 0;
    return result;
  }
  const dense = new Int32Array(greatest + 1);
  for (let i = 0; i < values.length; i += 1) dense[values[i]!] = replacements[i]!;
  for (let i = 0; i < labels.length; i += 1) {
    const value = labels[i]!;
    if (value !== 0) result[i] = value > 0 && value <= greatest ? dense[value]! : 0;
  }
  return result;
}

function greatestLabel(caller: string, labels: Int32Array): number {
  let greatest = 0;
  let least = 0;
  for (let i = 0; i < labels.length; i += 1) {
    const value = labels[i]!;
    if (value > greatest) greatest = value;
    if (value < least) least = value;
  }
  if (least < 0) throw new RangeError(`${caller}: labels hold ${least}; labels are 0 (background) or positive`);
  return greatest;
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
