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
  readonly check?: BodyCheck | undefined;
}

/** A digest that is computed as the body passes; used once. */
export interface BodyCheck {
  update(chunk: Buffer): void;
  /** What does not fit, in words; undefined if all is well. */
  fault(): string | undefined;
}

export function md5Check(expectedHex: string): BodyCheck {
  const hash = createHash('md5');
  return {
    update: (chunk) => hash.update(chunk),
    fault: () => {
      const found = hash.digest('hex');
      return found === expectedHex ? undefined : `the MD5 is ${found}, announced was ${expectedHex}`;
    },
  };
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
  const { body, bytes, check } = incoming;
  // A body may fail before the pipeline listens to it; the pipeline then tells.
  body.on('error', () => undefined);
  const part = `${file}.part`;
  let received = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      check?.update(chunk);
      attempt.alive(chunk.length);
      onBytes?.(chunk.length);
      done(null, chunk);
    },
  });
  try {
    attempt.signal.throwIfAborted();
    const target = await openPart(part);
    await pipeline(body, meter, target.createWriteStream(), { signal: attempt.signal });
    if (bytes !== undefined && received !== bytes) {
      throw new TransferFault('TRUNCATED', `the body ended after ${received} of ${bytes} bytes`);
    }
    const fault = check?.fault();
    if (fault !== undefined) throw new TransferFault('CORRUPT', fault);
    await rename(part, file);
  } catch (error) {
    body.destroy();
    // What cannot be removed must not hide why.
    await rm(part, { force: true }).catch(() => undefined);
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
