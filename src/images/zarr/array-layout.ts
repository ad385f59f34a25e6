import type { DType } from '../../processing/array/nd-array.js';
import { bytesPerElement } from '../dtype.js';
import { unreadable, unsupported } from '../image-error.js';
import type { ZarrStore } from './store.js';

/** A step of decoding, by the names of Zarr format 3; compressions by the names of {@link COMPRESSIONS}. */
export interface CodecStep {
  readonly name: string;
  readonly configuration: Readonly<Record<string, unknown>>;
}

/** What the metadata of an array say, of either format, checked. */
export interface ArrayLayout {
  readonly format: 2 | 3;
  readonly shape: readonly number[];
  readonly chunks: readonly number[];
  readonly dtype: DType;
  readonly bigEndian: boolean;
  /** Chunks hold the first axis fastest. */
  readonly fortran: boolean;
  readonly compression: string | undefined;
  readonly keys: { readonly name: 'v2' | 'default'; readonly separator: '.' | '/' };
  /** Of chunks that are not there. `NaN` and the infinities as text. */
  readonly fill: number | string;
}

/** Compressions that are read. */
export const COMPRESSIONS = ['blosc', 'gzip', 'lz4', 'zlib', 'zstd'] as const;

const DTYPES: ReadonlyMap<string, DType> = new Map<string, DType>([
  ['u1', 'uint8'],
  ['i1', 'int8'],
  ['u2', 'uint16'],
  ['i2', 'int16'],
  ['u4', 'uint32'],
  ['i4', 'int32'],
  ['u8', 'uint64'],
  ['i8', 'int64'],
  ['f4', 'float32'],
  ['f8', 'float64'],
]);
const READ_DTYPES = new Set<string>(DTYPES.values());

const MAX_AXES = 8;

const WAY_OUT =
  'write it again with blosc, zlib or zstd, without filters and shards, as whole numbers, float32 or float64';

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads `.zarray` of format 2.
 * @throws {KioskError} KC_IMAGE_UNREADABLE for metadata that make no sense, KC_IMAGE_UNSUPPORTED for what is not read
 */
export function layoutOfV2(store: ZarrStore, meta: Json): ArrayLayout {
  const { name } = store;
  const [, order, code] = /^([<>|])(\w{1,8})$/u.exec(text(meta['dtype'])) ?? [];
  const dtype = DTYPES.get(code ?? '');
  if (dtype === undefined) throw unsupported(name, `holds elements of type ${shown(meta['dtype'])}`, WAY_OUT);
  const filters = meta['filters'];
  if (Array.isArray(filters) ? filters.length > 0 : filters !== null && filters !== undefined) {
    throw unsupported(name, 'uses filters', WAY_OUT);
  }
  const separator = meta['dimension_separator'] ?? '.';
  if (separator !== '.' && separator !== '/') throw unreadable(name, `separates keys by ${shown(separator)}`);
  const compressor = meta['compressor'];
  return {
    format: 2,
    ...extentOf(name, meta['shape'], meta['chunks']),
    dtype,
    bigEndian: order === '>',
    fortran: meta['order'] === 'F',
    compression: compressor === null || compressor === undefined ? undefined : known(name, record(compressor)['id']),
    keys: { name: 'v2', separator },
    fill: fillOf(name, meta['fill_value'], dtype),
  };
}

/** Reads `zarr.json` of format 3. Errors as {@link layoutOfV2}. */
export function layoutOfV3(store: ZarrStore, meta: Json): ArrayLayout {
  const { name } = store;
  const dtype = text(meta['data_type']);
  if (!READ_DTYPES.has(dtype)) throw unsupported(name, `holds elements of type ${shown(meta['data_type'])}`, WAY_OUT);
  const grid = record(record(meta['chunk_grid'])['configuration']);
  const encoding = record(meta['chunk_key_encoding']);
  const keys = encoding['name'] === 'v2' ? 'v2' : 'default';
  const separator = record(encoding['configuration'])['separator'] ?? (keys === 'v2' ? '.' : '/');
  if (separator !== '.' && separator !== '/') throw unreadable(name, `separates keys by ${shown(separator)}`);
  return {
    format: 3,
    ...extentOf(name, meta['shape'], grid['chunk_shape']),
    dtype: dtype as DType,
    ...pipelineOf(name, meta['codecs']),
    keys: { name: keys, separator },
    fill: fillOf(name, meta['fill_value'], dtype as DType),
  };
}

/** Bytes of one chunk. */
export function chunkBytes({ chunks, dtype }: Pick<ArrayLayout, 'chunks' | 'dtype'>): number {
  return chunks.reduce((product, length) => product * length, bytesPerElement(dtype));
}

function extentOf(name: string, shape: unknown, chunks: unknown) {
  const sound = (lengths: unknown): lengths is number[] =>
    Array.isArray(lengths) && lengths.every((length) => Number.isSafeInteger(length) && (length as number) > 0);
  if (!sound(shape) || shape.length < 2 || shape.length > MAX_AXES) {
    throw unreadable(name, `has the shape ${shown(shape)}; 2 to ${MAX_AXES} lengths above 0 are needed`);
  }
  if (!sound(chunks) || chunks.length !== shape.length) {
    throw unreadable(name, `has chunks of shape ${shown(chunks)}; as many lengths as in ${shown(shape)} are needed`);
  }
  return { shape, chunks };
}

/** The codecs of format 3 that images use: perhaps a transposition, bytes, perhaps one compression. */
function pipelineOf(name: string, codecs: unknown): Pick<ArrayLayout, 'bigEndian' | 'fortran' | 'compression'> {
  let [bigEndian, compression]: [boolean, string | undefined] = [false, undefined];
  for (const codec of Array.isArray(codecs) ? (codecs as unknown[]) : []) {
    const { name: kind, configuration } = record(codec);
    if (kind === 'bytes') bigEndian = record(configuration)['endian'] === 'big';
    else if (compression === undefined) compression = known(name, kind);
    else throw unsupported(name, `is compressed twice, with ${compression} and ${shown(kind)}`, WAY_OUT);
  }
  return { bigEndian, fortran: false, compression };
}

function known(name: string, compression: unknown): string {
  const plain = text(compression).replace(/^numcodecs\./u, '');
  const found = COMPRESSIONS.find((one) => one === plain);
  if (found !== undefined) return found;
  throw unsupported(name, `is encoded with ${shown(compression)}; ${COMPRESSIONS.join(', ')} are read`, WAY_OUT);
}

function fillOf(name: string, fill: unknown, dtype: DType): number | string {
  if (fill === null || fill === undefined) return 0;
  if (!dtype.startsWith('float')) {
    if (Number.isSafeInteger(fill)) return fill as number;
  } else if (typeof fill === 'number' || fill === 'NaN' || fill === 'Infinity' || fill === '-Infinity') return fill;
  throw unsupported(name, `fills with ${shown(fill)}`, WAY_OUT);
}

/** An object of JSON, or an empty one. */
export function record(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Something out of metadata, short enough for a message. */
export function shown(value: unknown): string {
  const json = JSON.stringify(value) ?? 'nothing';
  return json.length > 60 ? `${json.slice(0, 60)}…` : json;
}
