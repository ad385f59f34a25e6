import { KioskError } from '../../errors/kiosk-error.js';
import type { ModelCard } from '../../models/contract.js';
import type { ModelSettings } from '../context.js';

/**
 * The factor that brings an image to the scale that a model was trained for: from the diameter of its nuclei, or from
 * its pixel size in microns; undefined if neither was given.
 * @throws {KioskError} `KC_JOB_INVALID` if the model's card does not say what it was trained for
 */
export function scaleFromSizes(
  sizes: { readonly diameterPx: number | undefined; readonly pixelSizeUm: number | undefined },
  card: ModelCard | undefined,
): number | undefined {
  if (sizes.diameterPx !== undefined) {
    const { diameterPx } = card ?? {};
    if (diameterPx === undefined) throw unknownScale('nucleus diameter', 'diameterPx');
    // Within the range the model knows, its own pixels are better than interpolated ones.
    const fits = sizes.diameterPx >= diameterPx.min && sizes.diameterPx <= diameterPx.max;
    return fits ? 1 : diameterPx.typical / sizes.diameterPx;
  }
  if (sizes.pixelSizeUm !== undefined) {
    if (card?.mpp === undefined) throw unknownScale('pixel size', 'mpp');
    return sizes.pixelSizeUm / card.mpp;
  }
  return undefined;
}

/** @throws {KioskError} `KC_JOB_INVALID` if the scale is out of the bounds that settings set */
export function checkScale(scale: number, { minScale, maxScale }: ModelSettings): number {
  if (scale >= minScale && scale <= maxScale) return scale;
  throw new KioskError(
    'KC_JOB_INVALID',
    `The scale of the image is ${scale}; ${rounded(minScale)} to ${rounded(maxScale)} is accepted.`,
    {
      hint: 'Correct the field "scale", or change MIN_SCALE and MAX_SCALE.',
    },
  );
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

function unknownScale(given: string, missing: string): KioskError {
  return new KioskError('KC_JOB_INVALID', `A ${given} was given, but the model does not say what it was trained for.`, {
    hint: `Give the factor itself in the field "scale", or add "${missing}" to the metadata.json of the model.`,
  });
}
