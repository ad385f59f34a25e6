import { requireRank, requireSameShape } from '../../array/checks.js';
import type { LabelArray } from '../../array/nd-array.js';
import { sharedPixels } from '../../measure/shared-pixels.js';

/** Which cells of a result are which true ones, frame by frame. */
export interface CellMatch {
  readonly frames: number;
  /** For each frame: the true labels there. */
  readonly truths: readonly ReadonlySet<number>[];
  /** For each frame: the labels of the result there. */
  readonly results: readonly ReadonlySet<number>[];
  /** For each frame: the label in the result of each true cell that was found. Several true cells may have the same. */
  readonly found: readonly ReadonlyMap<number, number>[];
}

/**
 * Finds each true cell in the result: it is the cell that covers more than half of its pixels, as the Cell Tracking
 * Challenge has it. At most one can.
 *
 * @param truth, result int32 (frames, rows, columns); values < 1 are background
 * @throws {RangeError} if the shapes differ
 */
export function matchCells(truth: LabelArray, result: LabelArray): CellMatch {
  requireRank('matchCells', 'the truth', truth, [3]);
  requireSameShape('matchCells', 'the result', result, 'the truth', truth);
  const frames = truth.shape[0]!;
  const size = truth.data.length / Math.max(frames, 1);
  const planes = Array.from({ length: frames }, (_, t) =>
    [truth, result].map(({ data }) => data.subarray(t * size, (t + 1) * size)),
  );
  const areas = planes.map(([plane]) => areasOf(plane!));
  return {
    frames,
    truths: areas.map((area) => new Set(area.keys())),
    results: planes.map(([, plane]) => new Set(areasOf(plane!).keys())),
    found: planes.map(([a, b], t) => {
      const found = new Map<number, number>();
      for (const [label, others] of sharedPixels(a!, b!)) {
        for (const [other, shared] of others) if (shared > areas[t]!.get(label)! / 2) found.set(label, other);
      }
      return found;
    }),
  };
}

/** For each frame: the true cell of each cell of the result that stands for exactly one. */
export function singleTruths({ found }: CellMatch): Map<number, number>[] {
  return found.map((frame) => {
    const times = new Map<number, number>();
    for (const other of frame.values()) times.set(other, (times.get(other) ?? 0) + 1);
    return new Map(
      Array.from(frame, ([label, other]) => [other, label] as const).filter(([other]) => times.get(other) === 1),
    );
  });
}

function areasOf(plane: Int32Array): Map<number, number> {
  const areas = new Map<number, number>();
  for (const [label, own] of sharedPixels(plane, plane)) areas.set(label, own.get(label)!);
  return areas;
}
