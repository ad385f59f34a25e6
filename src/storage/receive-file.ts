import { createHash } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { KioskError } from '../errors/kiosk-error.js';
import { kindOf, TransferFault } from './failures.js';
import type { Attempt } from './retry.js';

/** A body on its way in, with what the store said of it beforehand. */
export interface Incoming {
  readonly body: Readable;
  readonly bytes?: number | undefined;
  /** Lower-case hex. */
  readonly md5?: string | undefined;
}

/**
 * Streams a body to `file` through `file.part`, and renames that only when length and digest fit what was announced:
 * `file` appears whole or not at all, and nothing is left over after a failure.
 *
 * @throws {TransferFault} `TRUNCATED` or `CORRUPT`
 * @throws {KioskError} if the local file cannot be made
 */
export async function receiveFile(
  incoming: Incoming,
  file: string,
  attempt: Attempt,
  onBytes?: (bytes: number) => void,
): Promise<void> {
  attempt.signal.throwIfAborted();
  const part = `${file}.part`;
  const target = await openPart(part);
  const hash = incoming.md5 === undefined ? undefined : createHash('md5');
  let received = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      hash?.update(chunk);
      attempt.alive();
      onBytes?.(chunk.length);
      done(null, chunk);
    },
  });
  try {
    await pipeline(incoming.body, meter, target.createWriteStream(), { signal: attempt.signal });
    if (incoming.bytes !== undefined && received !== incoming.bytes) {
      throw new TransferFault('TRUNCATED', `the body ended after ${received} of ${incoming.bytes} bytes`);
    }
    const digest = hash?.digest('hex');
    if (digest !== incoming.md5) {
      throw new TransferFault('CORRUPT', `the body has the MD5 ${digest}, announced was ${incoming.md5}`);
    }
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/** A fault of the local folder must not read like one of the store. */
async function openPart(part: string): Promise<FileHandle> {
  try {
    return await open(part, 'w');
  } catch (error) {
    if (kindOf(error) === 'full') throw error;
    throw new KioskError(
      'KC_STORAGE_DENIED',
      `The local file ${part} cannot be written: ${(error as Error).message}.`,
      { hint: 'check that the folder exists and may be written; TMPDIR says where jobs work' },
      { cause: error },
    );
  }
}
