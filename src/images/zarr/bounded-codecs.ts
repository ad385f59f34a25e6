import { gunzipSync, inflateSync } from 'node:zlib';
import { openZstd } from '../tiff/codecs/zstd.js';
import type { CodecStep } from './array-layout.js';

/** Decodes to at most `most` bytes, and throws where there would be more. */
type Decode = (bytes: Uint8Array, most: number) => Uint8Array | Promise<Uint8Array>;

type Registry = (typeof import('zarrita'))['registry'];

const PREFIX = 'kiosk.';

/** Where a blosc chunk tells its unpacked size, and that of its blocks; then the whole chunk's packed size. */
const BLOSC_HEADER_BYTES = 16;

/**
 * Compressions for `zarrita`, under names of our own, that cannot be made to unpack more than a chunk holds: those of
 * Node where there is one, else its own behind a check of the size that the chunk announces.
 */
export function registerBoundedCodecs(registry: Registry): void {
  if (registry.has(`${PREFIX}zlib`)) return;
  const [blosc, lz4] = [registry.get('blosc')!, registry.get('lz4')!];
  const decoders: Readonly<Record<string, () => Promise<Decode>>> = {
    zlib: async () => (bytes, most) => inflateSync(bytes, { maxOutputLength: most }),
    gzip: async () => (bytes, most) => gunzipSync(bytes, { maxOutputLength: most }),
    zstd: openBoundedZstd,
    blosc: async () => {
      const decode = await decoderOf(blosc);
      return async (bytes, most) => {
        checkBlosc(bytes, most);
        return await decode(bytes);
      };
    },
    lz4: async () => {
      const decode = await decoderOf(lz4);
      return async (bytes, most) => {
        if (sizeAt(bytes, 0) > most) throw new RangeError('lz4: more than a chunk holds');
        return await decode(bytes);
      };
    },
  };
  for (const [name, open] of Object.entries(decoders)) registry.set(PREFIX + name, async () => codecOf(await open()));
}

/** The step for a compression, for an array whose chunks take so many bytes. */
export function boundedStep(compression: string, most: number): CodecStep {
  return { name: PREFIX + compression, configuration: { most } };
}

function codecOf(decode: Decode) {
  return {
    kind: 'bytes_to_bytes' as const,
    fromConfig: (configuration: unknown) => {
      const { most } = configuration as { readonly most: number };
      return {
        kind: 'bytes_to_bytes' as const,
        decode: async (bytes: Uint8Array) => await decode(bytes, most),
        encode: () => {
          throw new RangeError('these codecs only read');
        },
      };
    },
  };
}

async function openBoundedZstd(): Promise<Decode> {
  const decode = await openZstd();
  return async (bytes, most) => {
    const target = new Uint8Array(most);
    return target.subarray(0, await decode(bytes, target));
  };
}

async function decoderOf(load: NonNullable<ReturnType<Registry['get']>>) {
  const codec = (await load()).fromConfig({}, { dataType: 'uint8', shape: [1], codecs: [], fillValue: 0 });
  return async (bytes: Uint8Array): Promise<Uint8Array> => (await codec.decode(bytes)) as Uint8Array;
}

/** Sizes in the header of blosc 1: bytes 4 unpacked, 8 of a block, 12 packed. */
function checkBlosc(bytes: Uint8Array, most: number): void {
  if (bytes.length < BLOSC_HEADER_BYTES) throw new RangeError('blosc: cut off');
  const [unpacked, block, packed] = [sizeAt(bytes, 4), sizeAt(bytes, 8), sizeAt(bytes, 12)];
  if (unpacked > most) throw new RangeError('blosc: more than a chunk holds');
  if (block > Math.max(unpacked, 1) || packed !== bytes.length) throw new RangeError('blosc: a header that cannot be');
}

function sizeAt(bytes: Uint8Array, offset: number): number {
  if (bytes.length < offset + 4) throw new RangeError('cut off');
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(offset, true);
}
