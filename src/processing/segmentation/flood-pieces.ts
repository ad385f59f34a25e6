import type { Volume } from '../array/checks.js';
import { numberRuns } from '../measure/label.js';
import type { Runs } from '../measure/runs.js';
import type { Markers } from './markers.js';

/** The mask cut into pieces that no flood leaves. */
export interface FloodPieces {
  /** By run: the label of its piece if all markers in the piece have that label; else 0. */
  readonly owners: Int32Array;
  /** The pieces for which markers of several labels compete. */
  readonly contested: readonly ContestedPiece[];
}

export interface ContestedPiece {
  /** Indices of its runs and markers, in raster order. */
  readonly runs: Int32Array;
  readonly markers: Int32Array;
}

const CONTESTED = -1;

/**
 * Finds what has to be flooded at all: a connected piece of the mask whose markers have one label belongs to it altogether. Markers
 * outside the mask count for nothing.
 */
export function cutIntoPieces(runs: Runs, markers: Markers, volume: Volume): FloodPieces {
  const { numbers, count } = numberRuns(runs, volume, 1);
  const runOfMarker = findRunOfMarkers(runs, markers.pixels);
  const pieceOfMarker = runOfMarker.map((run) => (run < 0 ? 0 : numbers[run]!));
  const ownerOfPiece = findOwners(pieceOfMarker, markers.labels, count);
  const runsOfPiece = groupContested(numbers, ownerOfPiece);
  const markersOfPiece = groupContested(pieceOfMarker, ownerOfPiece);
  return {
    owners: numbers.map((piece) => Math.max(0, ownerOfPiece[piece]!)),
    contested: runsOfPiece.map((own, i) => ({ runs: own, markers: markersOfPiece[i]! })),
  };
}

/** Index of the run each marker lies in, −1 if in none. */
export function findRunOfMarkers({ count, begin, end }: Runs, pixels: Int32Array): Int32Array {
  let run = 0;
  return pixels.map((pixel) => {
    while (run < count && end[run]! <= pixel) run += 1;
    return run < count && begin[run]! <= pixel ? run : -1;
  });
}

/** By piece: its label if all its markers have one, 0 if it has none, or CONTESTED. */
function findOwners(pieceOfMarker: Int32Array, labels: Int32Array, count: number): Int32Array {
  const owners = new Int32Array(count + 1);
  for (let i = 0; i < labels.length; i += 1) {
    const piece = pieceOfMarker[i]!;
    if (owners[piece] === 0) owners[piece] = labels[i]!;
    else if (owners[piece] !== labels[i]) owners[piece] = CONTESTED;
  }
  owners[0] = 0;
  return owners;
}

/** The indices of `pieceOf` that belong to each contested piece, piece by piece. */
function groupContested(pieceOf: Int32Array, owners: Int32Array): Int32Array[] {
  const sizes = new Int32Array(owners.length);
  for (let i = 0; i < pieceOf.length; i += 1) sizes[pieceOf[i]!]! += 1;
  const groups: Int32Array[] = [];
  const groupOf = owners.map((owner, piece) => (owner === CONTESTED ? groups.push(new Int32Array(sizes[piece]!)) : 0));
  sizes.fill(0);
  for (let i = 0; i < pieceOf.length; i += 1) {
    const piece = pieceOf[i]!;
    if (groupOf[piece] === 0) continue;
    groups[groupOf[piece]! - 1]![sizes[piece]!] = i;
    sizes[piece]! += 1;
  }
  return groups;
}
