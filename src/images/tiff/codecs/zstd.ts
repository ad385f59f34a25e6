import * as zlib from 'node:zlib';
import type { SegmentDecoder } from './codec.js';

type Decompress = (bytes: Uint8Array) => Uint8Array;

/** Node has zstd from 22.15 on; before that, the WebAssembly decoder that comes with geotiff. */
export async function openZstd(): Promise<SegmentDecoder> {
  const decompress = (zlib as { zstdDecompressSync?: Decompress }).zstdDecompressSync ?? (await openGeotiffZstd());
  return (bytes, target) => {
    const decoded = decompress(bytes);
    const length = Math.min(decoded.length, target.length);
    target.set(decoded.subarray(0, length));
    return length;
  };
}

async function openGeotiffZstd(): Promise<Decompress> {
  const { getDecoder } = await import('geotiff');
  const decoder = await getDecoder(50000, {
    tileWidth: 1,
    tileHeight: 1,
    predictor: 1,
    bitsPerSample: [8],
    planarConfiguration: 1,
  });
  return (bytes) => new Uint8Array(decoder.decodeBlock(Uint8Array.from(bytes).buffer) as ArrayBuffer);
}
