import * as zlib from 'node:zlib';
import type { SegmentDecoder } from './codec.js';

/** Decompresses to at most `most` bytes. */
type Decompress = (bytes: Uint8Array, most: number) => Uint8Array;

type ZstdDecompressSync = (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

/** Node has zstd from 22.15 on; before that, a WebAssembly decoder. */
export async function openZstd(): Promise<SegmentDecoder> {
  const { zstdDecompressSync } = zlib as { zstdDecompressSync?: ZstdDecompressSync };
  const decompress: Decompress =
    zstdDecompressSync === undefined
      ? await openWasmZstd()
      : (bytes, most) => zstdDecompressSync(bytes, { maxOutputLength: most });
  return (bytes, target) => {
    const decoded = decompress(bytes, target.length);
    target.set(decoded);
    return decoded.length;
  };
}

async function openWasmZstd(): Promise<Decompress> {
  const { ZSTDDecoder } = await import('zstddec');
  const decoder = new ZSTDDecoder();
  await decoder.init();
  // With the size given it decodes in one step into that much memory; without, damaged data keep it going for ever. What
  // it cannot decode comes back empty.
  return (bytes, most) => decoder.decode(bytes, most);
}
