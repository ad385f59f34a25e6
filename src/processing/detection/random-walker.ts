import { solveLaplace } from './solve-laplace.js';

/** In the markers: not part of any object. */
export const OUTSIDE = -1;
/** In the markers: part of an object, of which one is to be decided. */
export const UNDECIDED = 0;

/** Solutions closer than this count as equal; the lower label wins. */
const TIE = 1e-9;

/**
 * Gives each undecided pixel the label that a random walker starting there most likely meets first (Grady 2006), walking
 * between 4-neighbours inside the objects, every step equally likely. The probabilities solve Laplace's equation, here to
 * 1e-10; `skimage.segmentation.random_walker` stops at 1e-3, so that single pixels may differ.
 *
 * @param markers (rows, columns): a label ≥ 1, {@link UNDECIDED} or {@link OUTSIDE}; not modified
 * @returns the labels, 0 outside and where no label can be reached
 */
export function randomWalker(markers: Int32Array, rows: number, columns: number): Int32Array {
  const labels = markers.map((marker) => Math.max(marker, 0));
  const member = new Int32Array(markers.length).fill(-1);
  for (let pixel = 0; pixel < markers.length; pixel++) {
    if (markers[pixel] !== UNDECIDED || member[pixel] !== -1) continue;
    decide(markers, rows, columns, collectRegion(markers, rows, columns, pixel, member), member, labels);
  }
  return labels;
}

/** The undecided pixels connected with `start`; `member` tells each its place in the list. */
function collectRegion(
  markers: Int32Array,
  rows: number,
  columns: number,
  start: number,
  member: Int32Array,
): Int32Array {
  const region = [start];
  member[start] = 0;
  for (let next = 0; next < region.length; next++) {
    for (const neighbour of neighbours(region[next]!, rows, columns)) {
      if (markers[neighbour] !== UNDECIDED || member[neighbour] !== -1) continue;
      member[neighbour] = region.push(neighbour) - 1;
    }
  }
  return Int32Array.from(region);
}

function decide(
  markers: Int32Array,
  rows: number,
  columns: number,
  region: Int32Array,
  member: Int32Array,
  labels: Int32Array,
): void {
  const links = new Int32Array(region.length * 4).fill(-1);
  const degrees = new Float64Array(region.length);
  const seeds = new Map<number, Float64Array>();
  region.forEach((pixel, place) => {
    neighbours(pixel, rows, columns).forEach((neighbour, direction) => {
      const marker = markers[neighbour]!;
      if (marker === OUTSIDE) return;
      degrees[place] = degrees[place]! + 1;
      if (marker === UNDECIDED) {
        links[4 * place + direction] = member[neighbour]!;
        return;
      }
      let seed = seeds.get(marker);
      if (!seed) seeds.set(marker, (seed = new Float64Array(region.length)));
      seed[place] = seed[place]! + 1;
    });
  });
  const best = new Float64Array(region.length).fill(-Infinity);
  for (const label of [...seeds.keys()].toSorted((a, b) => a - b)) {
    const probability = solveLaplace({ links, degrees }, seeds.get(label)!);
    for (let place = 0; place < region.length; place++) {
      if (probability[place]! <= best[place]! + TIE) continue;
      best[place] = probability[place]!;
      labels[region[place]!] = label;
    }
  }
}

function neighbours(pixel: number, rows: number, columns: number): number[] {
  const column = pixel % columns;
  const found: number[] = [];
  if (pixel >= columns) found.push(pixel - columns);
  if (column > 0) found.push(pixel - 1);
  if (column < columns - 1) found.push(pixel + 1);
  if (pixel < (rows - 1) * columns) found.push(pixel + columns);
  return found;
}
