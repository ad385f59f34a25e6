import { requireInteger, volumeOf } from '../array/checks.js';
import type { LabelArray } from '../array/nd-array.js';

/**
 * Takes the inner boundary off every object, `width` times over; objects that touched end up 2 · width pixels apart. Sides on the
 * border of the image are not eroded.
 *
 * @param labels label image, shape (rows, columns) or (planes, rows, columns)
 * @param width  pixels, ≥ 0; 0 gives a copy
 * @throws {RangeError} if the rank is neither 2 nor 3, or `width` is not a whole number ≥ 0
 * @see deepcell-toolbox 0.12.1 `erode_edges`
 */
export function erodeEdges(labels: LabelArray, width: number): LabelArray {
  const volume = volumeOf('erodeEdges', 'labels', labels);
  requireInteger('erodeEdges', 'width', width, 0);
  if (width === 0) return { shape: labels.shape, data: labels.data.slice() };
  let current = labels.data;
  for (let time = 0; time < width; time += 1) {
    const next = new Int32Array(current.length);
    erodeOnce(current, next, volume);
    current = next;
  }
  return { shape: labels.shape, data: current };
}

/**
 * Copies what `findBoundaries` does not mark, in one pass. A neighbour that lies outside the image is stood in for by the
 * pixel itself (offset 0), which makes no boundary.
 */
function erodeOnce(
  source: Int32Array,
  target: Int32Array,
  { planes, rows, columns }: { readonly planes: number; readonly rows: number; readonly columns: number },
): void {
  const slice = rows * columns;
  for (let plane = 0; plane < planes; plane += 1) {
    const before = plane > 0 ? -slice : 0;
    const after = plane + 1 < planes ? slice : 0;
    for (let row = 0; row < rows; row += 1) {
      const up = row > 0 ? -columns : 0;
      const down = row + 1 < rows ? columns : 0;
      const first = plane * slice + row * columns;
      const last = first + columns - 1;
      for (let i = first; i <= last; i += 1) {
        const own = source[i]!;
        if (own === 0) continue;
        const left = i > first ? source[i - 1]! : own;
        const right = i < last ? source[i + 1]! : own;
        if (left !== own || right !== own || source[i + up]! !== own || source[i + down]! !== own) continue;
        if (own === source[i + before] && own === source[i + after]) target[i] = own;
      }
    }
  }
}
