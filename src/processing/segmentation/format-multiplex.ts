import { channelPlane } from '../array/channel-plane.js';
import type { FloatArray } from '../array/nd-array.js';
import { sizeOf } from '../array/nd-array.js';

export type Compartment = 'whole-cell' | 'nuclear';

/** What a multiplex model says about one compartment: (batch, rows, columns, 1) each. */
export interface CompartmentMaps {
  readonly innerDistance: FloatArray;
  readonly pixelwiseInterior: FloatArray;
  /** Models of 8 heads only. */
  readonly outerDistance?: FloatArray;
  /** Models of 8 heads only. */
  readonly fgbgFg?: FloatArray;
}

export type MultiplexMaps = Readonly<Record<Compartment, CompartmentMaps>>;

/**
 * Names the outputs of a multiplex model of 2020 with 8 heads: inner distance, outer distance, foreground (channel 0) and
 * pixelwise classes (channel 1 is the interior), first of cells, then of nuclei.
 *
 * Source: deepcell-toolbox 0.6.1 `format_output_multiplex`.
 * @throws {RangeError} unless there are 8 outputs with these channels
 */
export function formatOutputMultiplexV061(outputs: readonly FloatArray[]): MultiplexMaps {
  requireHeads('formatOutputMultiplexV061', outputs, 8);
  const compartment = (first: number): CompartmentMaps => ({
    innerDistance: outputs[first]!,
    outerDistance: outputs[first + 1]!,
    fgbgFg: channel(outputs[first + 2]!, 0),
    pixelwiseInterior: channel(outputs[first + 3]!, 1),
  });
  return { 'whole-cell': compartment(0), nuclear: compartment(4) };
}

/**
 * Names the outputs of a multiplex (Mesmer) model with 4 heads: inner distance and pixelwise classes (channel 1 is the
 * interior), first of cells, then of nuclei.
 *
 * Source: deepcell-toolbox 0.8.6 `format_output_multiplex`; deepcell-tf 0.12 pairs the same maps.
 * @throws {RangeError} unless there are 4 outputs with these channels
 */
export function formatOutputMultiplex(outputs: readonly FloatArray[]): MultiplexMaps {
  requireHeads('formatOutputMultiplex', outputs, 4);
  const compartment = (first: number): CompartmentMaps => ({
    innerDistance: outputs[first]!,
    pixelwiseInterior: channel(outputs[first + 1]!, 1),
  });
  return { 'whole-cell': compartment(0), nuclear: compartment(2) };
}

/**
 * Names the outputs of a multiplex model of either layout: 8 heads as {@link formatOutputMultiplexV061}, 4 heads as
 * {@link formatOutputMultiplex}.
 * @throws {RangeError} for another number of outputs, or too few channels
 */
export function multiplexMaps(outputs: readonly FloatArray[]): MultiplexMaps {
  if (outputs.length === 8) return formatOutputMultiplexV061(outputs);
  if (outputs.length === 4) return formatOutputMultiplex(outputs);
  throw new RangeError(
    `multiplexMaps: ${outputs.length} outputs; 4 (inner distance and pixelwise classes of cells, then of nuclei) or 8 ` +
      '(inner and outer distance, foreground, pixelwise classes of both) are accepted',
  );
}

function requireHeads(name: string, outputs: readonly FloatArray[], heads: number): void {
  if (outputs.length !== heads) throw new RangeError(`${name}: ${outputs.length} outputs; ${heads} are accepted`);
}

/** One channel, kept as an axis of length 1. */
function channel(maps: FloatArray, index: number): FloatArray {
  const shape = [...maps.shape.slice(0, -1), 1];
  const data = new Float32Array(sizeOf(shape));
  const size = sizeOf(shape.slice(1));
  for (let item = 0; item < shape[0]!; item++) data.set(channelPlane(maps, item, index).data, item * size);
  return { shape, data };
}
