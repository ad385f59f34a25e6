import { KioskError } from '../../errors/kiosk-error.js';
import type { FloatArray, NdArray } from '../../processing/array/nd-array.js';
import { resizeLabels } from '../../processing/transform/resize.js';
import { postprocess, type ProcessingStep } from '../processing-steps.js';

export interface FinishRequest {
  /** The heads of the model: (batch, [planes,] rows, columns, channels) each, or detections. */
  readonly heads: readonly FloatArray[];
  readonly steps: readonly ProcessingStep[];
  /** Rows and columns of the image as the model was shown it. */
  readonly shown: readonly [rows: number, columns: number];
  /** Rows and columns of the image as it came. */
  readonly size: readonly [rows: number, columns: number];
}

/**
 * Thread: model output to label planes (batch, rows, columns, channels) of the image's own size. The planes of a volume
 * follow each other as items of the batch; their labels are those of the volume.
 */
export default async function finishLabels(request: FinishRequest): Promise<NdArray[]> {
  const { heads, steps, shown, size } = request;
  const results = await postprocess(heads, steps, shown);
  return results.map((result) => restoreSize(asPlanes(result), size));
}

/** The function of 2020 gives (batch, rows, columns); everything else has a channel axis. */
function asPlanes(result: NdArray): NdArray {
  const { shape } = result;
  if (shape.length === 3) return { ...result, shape: [...shape, 1] };
  if (shape.length === 4) return result;
  if (shape.length === 5) return { ...result, shape: [shape[0]! * shape[1]!, ...shape.slice(2)] };
  throw new KioskError(
    'KC_FUNCTION_FAILED',
    `The last post-processing function gave an array of shape (${shape.join(', ')}); (batch, [planes,] rows, columns, channels) is accepted.`,
    { hint: 'Choose another function, or a model that fits it.' },
  );
}

function restoreSize(result: NdArray, [rows, columns]: readonly [number, number]): NdArray {
  if (result.shape[1] === rows && result.shape[2] === columns) return result;
  // Numbers of any kind but 64-bit integers, which no function gives.
  return resizeLabels(result as NdArray<Int32Array>, [rows, columns]);
}
