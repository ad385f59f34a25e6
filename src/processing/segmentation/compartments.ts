import type { LabelArray } from '../array/nd-array.js';
import type { Compartment } from './format-multiplex.js';

/** Which objects a multiplex function labels; `both` puts cells into channel 0 and nuclei into channel 1. */
export type CompartmentChoice = Compartment | 'both';

/**
 * Segments the chosen compartments, each with numbers of its own.
 *
 * @param segment labels (batch, rows, columns, 1) of one compartment
 * @returns (batch, rows, columns, 1), or 2 channels for `both`
 * @throws {RangeError} for another choice
 */
export function segmentCompartments(
  name: string,
  choice: CompartmentChoice,
  segment: (compartment: Compartment) => LabelArray,
): LabelArray {
  switch (choice) {
    case 'whole-cell':
    case 'nuclear':
      return segment(choice);
    case 'both':
      return interleave(segment('whole-cell'), segment('nuclear'));
    default:
      throw new RangeError(`${name}: compartment ${String(choice)}; whole-cell, nuclear and both are accepted`);
  }
}

function interleave(cells: LabelArray, nuclei: LabelArray): LabelArray {
  const data = new Int32Array(2 * cells.data.length);
  for (let i = 0; i < cells.data.length; i++) {
    data[2 * i] = cells.data[i]!;
    data[2 * i + 1] = nuclei.data[i]!;
  }
  return { shape: [...cells.shape.slice(0, -1), 2], data };
}
