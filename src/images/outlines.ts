import type { LabelArray } from '../processing/array/nd-array.js';

/**
 * The pixels of each cell that touch something else: background, another cell, by one of their four sides. One pixel
 * thick, and within the cell. The border of the image is no neighbour.
 *
 * @param labels (rows, columns), 0 is background
 * @returns      same shape: the label at pixels of an outline, 0 elsewhere
 */
export function findOutlines(labels: LabelArray): Int32Array {
  const [rows = 0, columns = 0] = labels.shape;
  const { data } = labels;
  const outlines = new Int32Array(data.length);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const at = row * columns + column;
      const label = data[at]!;
      if (label === 0) continue;
      const differs =
        (row > 0 && data[at - columns] !== label) ||
        (row + 1 < rows && data[at + columns] !== label) ||
        (column > 0 && data[at - 1] !== label) ||
        (column + 1 < columns && data[at + 1] !== label);
      if (differs) outlines[at] = label;
    }
  }
  return outlines;
}

/** How far apart two cells may be and still need different colours, in pixels along rows and columns. */
const NEIGHBOUR_REACH = 4;

/**
 * A colour number for each label such that cells side by side differ where `count` colours allow it.
 *
 * @param outlines as {@link findOutlines} gives them, shape (rows, columns)
 * @returns        label to number in 0 … count - 1
 */
export function colourOutlines(
  outlines: Int32Array,
  shape: readonly [rows: number, columns: number],
  count: number,
): Map<number, number> {
  const neighbours = findNeighbours(outlines, shape);
  const colours = new Map<number, number>();
  for (const label of [...neighbours.keys()].toSorted((a, b) => a - b)) {
    const taken = new Set<number>();
    for (const other of neighbours.get(label)!) {
      const colour = colours.get(other);
      if (colour !== undefined) taken.add(colour);
    }
    // Beginning with the label's own number spreads the colours where nothing is near.
    let colour = label % count;
    for (let step = 0; step < count && taken.has(colour); step += 1) colour = (colour + 1) % count;
    colours.set(label, colour);
  }
  return colours;
}

/** Which outlines come near each other, looked for to the right and downwards. */
function findNeighbours(outlines: Int32Array, [rows, columns]: readonly [number, number]): Map<number, Set<number>> {
  const neighbours = new Map<number, Set<number>>();
  const of = (label: number): Set<number> => {
    const known = neighbours.get(label) ?? new Set<number>();
    neighbours.set(label, known);
    return known;
  };
  const note = (label: number, other: number | undefined): void => {
    if (other === undefined || other === 0 || other === label) return;
    of(label).add(other);
    of(other).add(label);
  };
  for (let at = 0; at < outlines.length; at += 1) {
    const label = outlines[at]!;
    if (label === 0) continue;
    of(label);
    const column = at % columns;
    const row = (at - column) / columns;
    for (let step = 1; step <= NEIGHBOUR_REACH; step += 1) {
      if (column + step < columns) note(label, outlines[at + step]);
      if (row + step < rows) note(label, outlines[at + step * columns]);
    }
  }
  return neighbours;
}
