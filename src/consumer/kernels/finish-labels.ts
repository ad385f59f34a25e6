import type { FloatArray, NdArray } from '../../processing/array/nd-array.js';
import { resizeLabels } from '../../processing/transform/resize.js';
import { postprocess, type ProcessingStep } from '../processing-steps.js';

export interface FinishRequest {
  /** The heads of the model, each (batch, rows, columns, channels). */
  readonly heads: readonly FloatArray[];
  readonly steps: readonly ProcessingStep[];
  /** Rows and columns of the image as it came. */
  readonly size: readonly [rows: number, columns: number];
}

/** Thread: model output to label planes (batch, rows, columns, channels) of the image's own size. */
export default async function finishLabels(request: FinishRequest): Promise<NdArray[]> {
  const results = await postprocess(request.heads, request.steps);
  return results.map((result) => restoreSize(withChannels(result), request.size));
}

/** The function of 2020 gives (batch, rows, columns); everything else has a channel axis. */
function withChannels(result: NdArray): NdArray {
  return result.shape.length === 3 ? { ...result, shape: [...result.shape, 1] } : result;
}

function restoreSize(result: NdArray, [rows, columns]: readonly [number, number]): NdArray {
  if (result.shape[1] === rows && result.shape[2] === columns) return result;
  // Numbers of any kind but 64-bit integers, which no function gives.
  return resizeLabels(result as NdArray<Int32Array>, [rows, columns]);
}
