import { requireInteger, requireRank } from '../array/checks.js';
import type { LabelArray } from '../array/nd-array.js';
import { label } from '../measure/label.js';
import { labelTable } from '../measure/label-table.js';

/** Several objects meet the hole. */
const SEVERAL = -1;

/**
 * Fills small background components that a single object surrounds, all in one pass: the labels met within one pixel of the
 * component (corners included) must be one.
 *
 * @param labels label image, shape (rows, columns)
 * @param size   holes with fewer pixels than this are filled
 * @param connectivity of the holes: 1 = shared edges, 2 = corners too
 * @throws {RangeError} if the rank is not 2, or a number is out of range
 * @see deepcell-toolbox 0.7 – 0.10.1 `fill_holes`
 */
export function fillEnclosedHoles(labels: LabelArray, size = 10, connectivity = 1): LabelArray {
  requireRank('fillEnclosedHoles', 'labels', labels, [2]);
  requireInteger('fillEnclosedHoles', 'connectivity', connectivity, 1, 2);
  const background = Uint8Array.from(labels.data, (value) => (value === 0 ? 1 : 0));
  const holes = label({ shape: labels.shape, data: background }, { connectivity }).labels.data;
  const { areas } = labelTable('fillEnclosedHoles', holes);
  const owners = findOwners(labels, holes, areas, size);
  const data = labels.data.map((value, i) => {
    const owner = value === 0 ? owners[holes[i]!]! : SEVERAL;
    return owner > 0 ? owner : value;
  });
  return { shape: labels.shape, data };
}

/** For each small hole the label around it, 0 if there is none, or SEVERAL. */
function findOwners(labels: LabelArray, holes: Int32Array, areas: Int32Array, size: number): Int32Array {
  const [rows, columns] = labels.shape as [number, number];
  const owners = new Int32Array(areas.length + 1);
  for (let i = 0; i < holes.length; i += 1) {
    const hole = holes[i]!;
    if (hole === 0 || areas[hole - 1]! >= size) continue;
    const column = i % columns;
    const row = (i - column) / columns;
    for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y += 1) {
      for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x += 1) {
        const neighbour = labels.data[y * columns + x]!;
        if (neighbour === 0) continue;
        owners[hole] = owners[hole] === 0 || owners[hole] === neighbour ? neighbour : SEVERAL;
      }
    }
  }
  return owners;
}
