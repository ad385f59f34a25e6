import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export const SCALE = { type: 'scale', scale: [0.5, 0.25] };
export const AXES = ['y', 'x'].map((name) => ({ name, type: 'space', unit: 'micrometer' }));
export const MULTISCALE = { version: '0.4', axes: AXES, datasets: [{ path: '0', coordinateTransformations: [SCALE] }] };
export const PIXELS = Uint16Array.of(1, 2, 3, 4);
export const ARRAY = {
  zarr_format: 2,
  shape: [2, 2],
  chunks: [2, 2],
  dtype: '<u2',
  compressor: null,
  fill_value: 0,
  order: 'C',
  filters: null,
};

export interface StoreParts {
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Laid over a sound `.zarray`; false: no array. */
  readonly array?: Readonly<Record<string, unknown>> | false;
  readonly bytes?: Uint8Array;
  /** Key of the only chunk. */
  readonly chunk?: string;
}

/** A store of 2 × 2 pixels, or what the parts make of it. */
export async function buildStore(
  path: string,
  { attributes = { multiscales: [MULTISCALE] }, array = {}, ...rest }: StoreParts,
): Promise<void> {
  await put(path, '.zgroup', json({ zarr_format: 2 }));
  await put(path, '.zattrs', json(attributes));
  if (array !== false) await putArray(path, '0', { array, ...rest });
}

export async function putArray(
  path: string,
  key: string,
  { array, bytes, chunk = '0.0' }: StoreParts = {},
): Promise<void> {
  await put(path, `${key}/.zarray`, json({ ...ARRAY, ...array }));
  await put(path, `${key}/${chunk}`, bytes ?? new Uint8Array(PIXELS.buffer));
}

export async function put(path: string, key: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(join(path, key)), { recursive: true });
  await writeFile(join(path, key), bytes);
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

export function pathed(path: unknown) {
  return { multiscales: [{ axes: ['y', 'x'], datasets: [{ path }] }] };
}

/** A header of blosc that promises so many bytes. */
export function blosc(unpacked: number): Buffer {
  const bytes = Buffer.from([2, 1, 0x21, 2, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0]);
  bytes.writeUInt32LE(unpacked, 4);
  return bytes;
}
