import { constants, inflateSync } from 'node:zlib';

/** Room beyond the expected size, so that one output buffer always suffices. */
const SLACK_BYTES = 64;

/**
 * Inflates a zlib stream into `target`. A stream that is cut off gives what it holds; one that inflates to more than
 * twice the size of the segment is refused by zlib itself (ERR_BUFFER_TOO_LARGE).
 */
export function decodeDeflate(bytes: Uint8Array, target: Uint8Array): number {
  const inflated = inflateSync(bytes, {
    chunkSize: target.length + SLACK_BYTES,
    maxOutputLength: target.length * 2 + SLACK_BYTES,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  const length = Math.min(inflated.length, target.length);
  target.set(inflated.subarray(0, length));
  return length;
}
