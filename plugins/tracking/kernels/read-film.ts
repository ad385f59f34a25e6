import {
  correctDrift,
  readImage,
  readTrk,
  type FloatArray,
  type ImageLimits,
  type LabelArray,
  type NdArray,
} from 'kiosk-consumer';

export interface ReadFilmRequest {
  /** A .trk or .trks file, or a TIFF stack of which the labels are given. */
  readonly file: string;
  readonly labels?: LabelArray;
  readonly limits: ImageLimits;
  readonly driftCorrection: boolean;
}

export interface ReadFilm {
  /** float32 (frames, rows, columns). */
  readonly raw: FloatArray;
  /** int32, of the same shape. */
  readonly labels: LabelArray;
}

/**
 * Thread: the film and the labels of its frames, both moved against drift where that is asked for.
 * @throws {KioskError} KC_IMAGE_* for files that cannot be read
 */
export default async function readFilm(request: ReadFilmRequest): Promise<ReadFilm> {
  const { raw, labels } = request.labels ? await ofStack(request, request.labels) : await ofTracks(request);
  if (!request.driftCorrection) return { raw, labels };
  const corrected = correctDrift(raw, labels);
  return { raw: corrected.frames, labels: corrected.labels! };
}

async function ofStack({ file, limits }: ReadFilmRequest, labels: LabelArray): Promise<ReadFilm> {
  const { data } = await readImage(file, { limits });
  return { raw: { shape: labels.shape, data: asFloat32(data) }, labels };
}

/** The first channel of the first film. */
async function ofTracks({ file, limits }: ReadFilmRequest): Promise<ReadFilm> {
  const { raw, tracked } = await readTrk(file, { limits });
  const [frames, rows, columns, channels] = raw.shape.slice(-4) as [number, number, number, number];
  const shape = [frames, rows, columns];
  const size = frames * rows * columns;
  const values = asFloat32(raw.data.subarray(0, size * channels));
  const first = channels === 1 ? values : Float32Array.from({ length: size }, (_, i) => values[i * channels]!);
  return { raw: { shape, data: first }, labels: { shape, data: tracked.data.slice(0, size) } };
}

function asFloat32(data: NdArray['data']): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>, Number);
}
