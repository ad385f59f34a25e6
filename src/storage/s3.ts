import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { Readable } from 'node:stream';

import type { S3Address } from './address.js';
import type { ObjectInfo, ObjectStore, StorageOptions, TransferOptions } from './contract.js';
import { kindOf } from './failures.js';
import { checkKey } from './keys.js';
import { md5Check, receiveFile } from './receive-file.js';
import type { BodyCheck } from './receive-file.js';
import { resolveReference } from './resolve-reference.js';
import { withRetry } from './retry.js';
import type { Attempt } from './retry.js';
import { openS3Client } from './s3-client.js';
import { uploadToS3 } from './s3-upload.js';
import type { Operation } from './storage-error.js';

const DENIED_HINT =
  'check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or the role), that they may s3:GetObject, s3:PutObject and ' +
  's3:ListBucket here (without the last, a missing object is answered as denied), and the clock of this machine';

/** S3, or a server that speaks like it. */
class S3Store implements ObjectStore {
  readonly address: string;
  readonly bucket: string;
  /** An answer of this bucket has been seen: a 404 is about the object then. */
  private known = false;

  constructor(
    private readonly place: S3Address,
    private readonly options: StorageOptions,
    private readonly client: S3Client,
  ) {
    this.bucket = place.bucket;
    this.address = `s3://${place.bucket}`;
  }

  async download(key: string, file: string, { signal, onBytes }: TransferOptions = {}): Promise<void> {
    const input = { Bucket: this.bucket, Key: checkKey(key) };
    await withRetry(this.operation('read', key), this.options, signal, async (attempt) => {
      const answer = await this.client.send(new GetObjectCommand(input), { abortSignal: attempt.signal });
      this.known = true;
      // In Node the SDK gives a readable stream; its type names the browsers' bodies too.
      const body = answer.Body instanceof Readable ? answer.Body : Readable.from([]);
      await receiveFile({ body, bytes: answer.ContentLength, check: checkOf(answer) }, file, attempt, onBytes);
    });
  }

  async upload(file: string, key: string, transfer: TransferOptions = {}): Promise<void> {
    const { client, bucket, options } = this;
    const operation = this.operation('write', checkKey(key));
    await uploadToS3({ client, bucket, operation, options }, file, transfer);
    this.known = true;
  }

  async urlFor(key: string): Promise<string> {
    const { options, bucket } = this;
    if (options.publicRead) return await this.publicUrl(checkKey(key));
    const command = new GetObjectCommand({ Bucket: bucket, Key: checkKey(key) });
    return await withRetry(this.operation('sign a URL for', key), options, undefined, async () => {
      return await getSignedUrl(this.client, command, { expiresIn: options.resultUrlSeconds });
    });
  }

  async resolve(reference: string, options?: { readonly signal?: AbortSignal }): Promise<string> {
    const { scheme, bucket, endpoint } = this.place;
    const publicHosts = endpoint === undefined ? [] : [new URL(endpoint).host];
    return await resolveReference(this, reference, { scheme, bucket, publicHosts }, options);
  }

  async stat(key: string, options?: { readonly signal?: AbortSignal }): Promise<ObjectInfo | undefined> {
    const input = { Bucket: this.bucket, Key: checkKey(key) };
    return await withRetry(this.operation('look at', key), this.options, options?.signal, async (attempt) => {
      try {
        const head = await this.client.send(new HeadObjectCommand(input), { abortSignal: attempt.signal });
        this.known = true;
        return { key, bytes: head.ContentLength ?? 0, updatedAt: head.LastModified ?? new Date(0) };
      } catch (error) {
        if (kindOf(error) !== 'missing') throw error;
        await this.requireBucket(attempt);
        return undefined;
      }
    });
  }

  async *list(prefix: string): AsyncIterable<ObjectInfo> {
    let page: string | undefined;
    do {
      const input = { Bucket: this.bucket, Prefix: prefix, ContinuationToken: page };
      const answer = await withRetry(this.operation('list', prefix), this.options, undefined, async (attempt) => {
        return await this.client.send(new ListObjectsV2Command(input), { abortSignal: attempt.signal });
      });
      for (const { Key, Size, LastModified } of answer.Contents ?? []) {
        if (Key !== undefined) yield { key: Key, bytes: Size ?? 0, updatedAt: LastModified ?? new Date(0) };
      }
      page = answer.IsTruncated === true ? answer.NextContinuationToken : undefined;
    } while (page !== undefined);
  }

  async delete(key: string): Promise<void> {
    const input = { Bucket: this.bucket, Key: checkKey(key) };
    await withRetry(this.operation('delete', key), this.options, undefined, async (attempt) => {
      try {
        await this.client.send(new DeleteObjectCommand(input), { abortSignal: attempt.signal });
      } catch (error) {
        // Amazon answers 204 for what is not there, others 404.
        if (kindOf(error) !== 'missing') throw error;
      }
    });
  }

  async close(): Promise<void> {
    this.client.destroy();
  }

  private operation(verb: Operation['verb'], key: string): Operation {
    return { address: this.address, verb, key, deniedHint: DENIED_HINT };
  }

  /** HEAD has no body, so that a 404 does not say what is missing; asked once, where the rights allow. */
  private async requireBucket(attempt: Attempt): Promise<void> {
    if (this.known) return;
    try {
      await this.client.send(new HeadBucketCommand({ Bucket: this.bucket }), { abortSignal: attempt.signal });
    } catch (error) {
      if (kindOf(error) === 'missing') throw new NoSuchBucket(`The bucket ${this.bucket} does not exist`);
      if (kindOf(error) !== 'denied') throw error;
    }
    this.known = true;
  }

  /** The form of the Kiosk's own consumers; the global host answers for us-east-1 alone, other regions have theirs. */
  private async publicUrl(key: string): Promise<string> {
    const { endpoint, pathStyle } = this.place;
    const path = key.split('/').map(encodeURIComponent).join('/');
    if (endpoint !== undefined) {
      if (pathStyle) return `${endpoint}/${this.bucket}/${path}`;
      return `${endpoint.replace('://', `://${this.bucket}.`)}/${path}`;
    }
    const region = await this.client.config.region();
    const host = region === 'us-east-1' ? 's3.amazonaws.com' : `s3.${region}.amazonaws.com`;
    return `https://${host}/${this.bucket}/${path}`;
  }
}

export async function openS3Store(address: S3Address, options: StorageOptions): Promise<ObjectStore> {
  return new S3Store(address, options, await openS3Client(address, options));
}

class NoSuchBucket extends Error {
  override readonly name = 'NoSuchBucket';
}

/** An ETag is the MD5 of the body unless it was sent in parts (`-` in it), or encrypted with keys of KMS or the client. */
function checkOf(answer: GetObjectCommandOutput): BodyCheck | undefined {
  const encryption = answer.ServerSideEncryption;
  if ((encryption !== undefined && encryption !== 'AES256') || answer.SSECustomerAlgorithm !== undefined)
    return undefined;
  const md5 = /^"?([0-9a-f]{32})"?$/.exec(answer.ETag ?? '')?.[1];
  return md5 === undefined ? undefined : md5Check(md5);
}
