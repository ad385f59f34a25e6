import { CRC32C, Storage } from '@google-cloud/storage';
import type { Bucket, File, FileMetadata } from '@google-cloud/storage';
import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { KioskError } from '../errors/kiosk-error.js';
import type { GcsAddress } from './address.js';
import type { ObjectInfo, ObjectStore, StorageOptions, TransferOptions } from './contract.js';
import { answerOf, kindOf, TransferFault } from './failures.js';
import { openBody } from './gcs-body.js';
import { checkKey, quoteKey } from './keys.js';
import { sizeOfLocalFile } from './local-file.js';
import { md5Check, receiveFile } from './receive-file.js';
import type { BodyCheck, Incoming } from './receive-file.js';
import { resolveReference } from './resolve-reference.js';
import { withRetry } from './retry.js';
import { StoreAnswer } from './storage-error.js';
import type { Operation } from './storage-error.js';

const DENIED_HINT =
  'check GOOGLE_APPLICATION_CREDENTIALS or the service account of the pod, and that it has roles/storage.objectUser here';

/** Google's own advice: below this a single request is quicker, above it a broken connection costs too much. */
const RESUMABLE_BYTES = 8 * 1024 * 1024;

/** Google Cloud Storage, or an emulator of its JSON API. */
class GcsStore implements ObjectStore {
  readonly address: string;
  readonly bucket: string;
  private readonly remote: Bucket;

  constructor(
    private readonly place: GcsAddress,
    private readonly options: StorageOptions,
    private readonly storage: Storage,
  ) {
    this.bucket = place.bucket;
    this.address = `gs://${place.bucket}`;
    this.remote = storage.bucket(place.bucket);
  }

  async download(key: string, file: string, { signal, onBytes }: TransferOptions = {}): Promise<void> {
    await withRetry(this.operation('read', key), this.options, signal, async (attempt) => {
      // Length and digest are asked for first: an answer that is cut off by a proxy carries neither.
      const [metadata] = await this.file(key).getMetadata();
      attempt.alive();
      const body = await openBody(this.mediaUrl(key, metadata), await this.credentials(), attempt.signal);
      await receiveFile({ body, ...promisedBy(metadata) }, file, attempt, onBytes);
    });
  }

  async upload(file: string, key: string, { signal, onBytes }: TransferOptions = {}): Promise<void> {
    const bytes = await sizeOfLocalFile(file);
    await withRetry(this.operation('write', key), this.options, signal, async (attempt) => {
      let sent = 0;
      const meter = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          sent += chunk.length;
          attempt.alive(chunk.length);
          onBytes?.(chunk.length);
          done(null, chunk);
        },
      });
      const target = this.file(key).createWriteStream({
        resumable: bytes > RESUMABLE_BYTES,
        validation: 'crc32c',
        ...(this.options.publicRead ? { predefinedAcl: 'publicRead' } : {}),
      });
      await pipeline(createReadStream(file), meter, target, { signal: attempt.signal });
      if (sent !== bytes) throw new TransferFault('TRUNCATED', `${file} changed while it was read`);
    });
  }

  async urlFor(key: string): Promise<string> {
    if (this.options.publicRead || this.place.anonymous) return this.publicUrl(checkKey(key));
    return await withRetry(this.operation('sign a URL for', key), this.options, undefined, async () => {
      const expires = Date.now() + this.options.resultUrlSeconds * 1000;
      try {
        const [url] = await this.file(key).getSignedUrl({ version: 'v4', action: 'read', expires });
        return url;
      } catch (error) {
        if (kindOf(error) === 'transient') throw error;
        throw cannotSign(this.address, key, error);
      }
    });
  }

  async resolve(reference: string, options?: { readonly signal?: AbortSignal }): Promise<string> {
    const { scheme, bucket, apiEndpoint } = this.place;
    const publicHosts = apiEndpoint === undefined ? [] : [new URL(apiEndpoint).host];
    return await resolveReference(this, reference, { scheme, bucket, publicHosts }, options);
  }

  async stat(key: string, options?: { readonly signal?: AbortSignal }): Promise<ObjectInfo | undefined> {
    return await withRetry(this.operation('look at', key), this.options, options?.signal, async () => {
      try {
        const [metadata] = await this.file(key).getMetadata();
        return infoOf(key, metadata);
      } catch (error) {
        if (kindOf(error) === 'missing') return undefined;
        throw error;
      }
    });
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    let pageToken: string | undefined;
    do {
      const query = { prefix, autoPaginate: false, ...(pageToken === undefined ? {} : { pageToken }) };
      const [files, next] = await withRetry(this.operation('list', prefix), this.options, undefined, async () => {
        return await this.remote.getFiles(query);
      });
      for (const { name, metadata } of files) yield infoOf(name, metadata);
      pageToken = (next as { pageToken?: string } | null)?.pageToken;
    } while (pageToken !== undefined);
  }

  async delete(key: string): Promise<void> {
    await withRetry(this.operation('delete', key), this.options, undefined, async () => {
      await this.file(key).delete({ ignoreNotFound: true });
    });
  }

  async close(): Promise<void> {}

  private file(key: string): File {
    return this.remote.file(checkKey(key));
  }

  private operation(verb: Operation['verb'], key: string): Operation {
    return { address: this.address, verb, key, deniedHint: DENIED_HINT };
  }

  /** The generation whose metadata were read, should the object be replaced meanwhile. */
  private mediaUrl(key: string, { generation }: FileMetadata): string {
    const object = `${this.bucket}/o/${encodeURIComponent(key)}?alt=media`;
    return `${this.storage.apiEndpoint}/storage/v1/b/${object}${generation === undefined ? '' : `&generation=${generation}`}`;
  }

  private async credentials(): Promise<Record<string, string>> {
    return this.place.anonymous ? {} : await this.storage.authClient.getRequestHeaders();
  }

  /** `https://storage.googleapis.com/<bucket>/<key, percent-encoded except / and ~>`. */
  private publicUrl(key: string): string {
    return `${this.storage.apiEndpoint}/${this.bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  }
}

export function openGcsStore(address: GcsAddress, options: StorageOptions): ObjectStore {
  const { apiEndpoint, anonymous } = address;
  const storage = new Storage({
    // Attempts are counted by `withRetry`, which listens to the signal while it waits.
    retryOptions: { autoRetry: false, maxRetries: 0 },
    ...(apiEndpoint === undefined ? {} : { apiEndpoint, useAuthWithCustomEndpoint: !anonymous }),
    // Without credentials the library would search for a project, in the end by asking a machine of Google's cloud.
    ...(anonymous ? { projectId: 'none' } : {}),
  });
  return new GcsStore(address, options, storage);
}

function infoOf(key: string, metadata: { size?: string | number; updated?: string }): ObjectInfo {
  return { key, bytes: Number(metadata.size ?? 0), updatedAt: new Date(metadata.updated ?? 0) };
}

/** What the body must be. One that is stored compressed is sent uncompressed, and then fits neither. */
function promisedBy({ contentEncoding, size, md5Hash, crc32c }: FileMetadata): Omit<Incoming, 'body'> {
  if (contentEncoding === 'gzip') return {};
  const bytes = size === undefined ? undefined : Number(size);
  if (md5Hash !== undefined) return { bytes, check: md5Check(Buffer.from(md5Hash, 'base64').toString('hex')) };
  return crc32c === undefined ? { bytes } : { bytes, check: crc32cCheck(crc32c) };
}

/** Objects that were composed of others have no MD5. */
function crc32cCheck(expected: string): BodyCheck {
  const found = new CRC32C();
  return {
    update: (chunk) => found.update(chunk),
    fault: () =>
      found.validate(expected) ? undefined : `the CRC32C is ${found.toString()}, announced was ${expected}`,
  };
}

/** Asked for at start-up too, with any key: signing needs no object. */
function cannotSign(address: string, key: string, error: unknown): KioskError {
  return new KioskError(
    'KC_STORAGE_DENIED',
    `The credentials for ${address} cannot sign a URL for ${quoteKey(key)}: ${answerOf(error)}.`,
    {
      hint:
        'set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account, or give the service account ' +
        'roles/iam.serviceAccountTokenCreator on itself, or set publicRead if results may be read by anyone',
    },
    { cause: new StoreAnswer(answerOf(error)) },
  );
}
