import type { LabelArray, NdArray } from '../array/nd-array.js';
import { label } from '../measure/label.js';

/** The mask cut into pieces that no flood leaves. */
export interface FloodPieces {
  /** Number of its piece for each pixel, from 1; 0 outside the mask. */
  readonly pieces: Int32Array;
  /** By piece: its label if all its markers have one, 0 if it has none, or CONTESTED. */
  readonly owners: Int32Array;
  /** Labels of the pieces with one owner; 0 elsewhere. */
  readonly labels: Int32Array;
  /** 1 at the pixels of contested pieces. */
  readonly contested: Uint8Array;
  readonly contestedPixels: number;
}

/** Markers of several labels compete for the piece. */
export const CONTESTED = -1;

/**
 * Finds what has to be flooded at all: a connected piece of the mask whose markers have one label belongs to it altogether.
 *
 * @param mask uint8, same shape as the markers
 * @throws {RangeError} if a marker is negative
 */
export function cutIntoPieces(mask: NdArray<Uint8Array>, markers: LabelArray): FloodPieces {
  const { labels: numbered, count } = label(mask, { connectivity: 1 });
  const pieces = numbered.data;
  const owners = findOwners(pieces, markers.data, count);
  const labels = new Int32Array(pieces.length);
  const contested = new Uint8Array(pieces.length);
  let contestedPixels = 0;
  for (let i = 0; i < pieces.length; i += 1) {
    const piece = pieces[i]!;
    if (piece === 0) continue;
    const owner = owners[piece]!;
    if (owner === CONTESTED) {
      contested[i] = 1;
      contestedPixels += 1;
    } else {
      labels[i] = owner;
    }
  }
  return { pieces, owners, labels, contested, contestedPixels };
}

function findOwners(pieces: Int32Array, markers: Int32Array, count: number): Int32Array {
  const owners = new Int32Array(count + 1);
  for (let i = 0; i < pieces.length; i += 1) {
    const marker = markers[i]!;
    if (marker === 0) continue;
    if (marker < 0) throw new RangeError(`watershed: markers hold ${marker}; labels are 0 (none) or positive`);
    const piece = pieces[i]!;
    const owner = owners[piece]!;
    if (owner === 0) owners[piece] = marker;
    else if (owner !== marker) owners[piece] = CONTESTED;
  }
  owners[0] = 0;
  return owners;
}
