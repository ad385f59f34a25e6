import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { Crc32c } from './crc32c.js';

/** A body on disk, with what Google tells about one. */
export interface StoredBody {
  readonly file: string;
  readonly size: number;
  readonly md5Hash: string;
  readonly crc32c: string;
}

export async function storeBody(body: Readable, folder: string): Promise<StoredBody> {
  const file = join(folder, randomUUID());
  const md5 = createHash('md5');
  const crc32c = new Crc32c();
  let size = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      md5.update(chunk);
      crc32c.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(body, meter, createWriteStream(file));
  return { file, size, md5Hash: md5.digest('base64'), crc32c: crc32c.base64() };
}

/** The second part (the media) of a `multipart/related` body. */
export function splitMultipart(contentType: string, body: Buffer): Buffer {
  const boundary = /boundary="?([^";]+)"?/.exec(contentType)?.[1] ?? '';
  const second = body.indexOf(`--${boundary}`, body.indexOf(`--${boundary}`) + 1);
  const start = body.indexOf('\r\n\r\n', second) + 4;
  const end = body.lastIndexOf(`\r\n--${boundary}--`);
  return body.subarray(start, end);
}
