import type { LabelArray } from '../../../src/processing/array/nd-array.js';
import type { NumberStack } from '../../../src/processing/tracking/measure-cells.js';

/** A disc in one frame. */
export interface Disc {
  readonly label: number;
  readonly row: number;
  readonly column: number;
  readonly radius?: number;
  readonly brightness?: number;
}

/** A film of discs on a dark ground, one list of discs a frame. */
export function filmOf(frames: readonly (readonly Disc[])[], side = 80): { labels: LabelArray; raw: NumberStack } {
  const shape = [frames.length, side, side];
  const labels = { shape, data: new Int32Array(frames.length * side * side) };
  const raw = { shape, data: new Uint16Array(labels.data.length).fill(100) };
  for (const [frame, discs] of frames.entries()) {
    for (const { label, row, column, radius = 6, brightness = 1000 } of discs) {
      for (let r = 0; r < side; r++) {
        for (let c = 0; c < side; c++) {
          if (Math.hypot(r - row, c - column) > radius) continue;
          labels.data[(frame * side + r) * side + c] = label;
          raw.data[(frame * side + r) * side + c] = 100 + brightness;
        }
      }
    }
  }
  return { labels, raw };
}
