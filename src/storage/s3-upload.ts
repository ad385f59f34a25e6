import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  NoSuchUpload,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

import type { StorageOptions, TransferOptions } from './contract.js';
import { TransferFault } from './failures.js';
import { sizeOfLocalFile } from './local-file.js';
import { withRetry } from './retry.js';
import type { Operation } from './storage-error.js';

/** What S3 asks for: at least 5 MiB a part (but the last), at most 10,000 parts. */
const PART_BYTES = 8 * 1024 * 1024;
const MAX_PARTS = 10_000;

/**
 * A part is sent from one buffer, so its bytes cannot be watched; the socket's own idle timeout notices a dead peer. This
 * is the last resort, at 14 kB/s.
 */
const PART_DEADLINE_MS = 10 * 60_000;

/** Cleaning up must not hold up a worker that is stopping. */
const CLEAN_UP_MS = 10_000;

/** Where a file goes. */
export interface S3Target {
  readonly client: S3Client;
  readonly bucket: string;
  readonly operation: Operation;
  readonly options: StorageOptions;
}

/**
 * Sends `file` in one request, or in parts of 8 MiB one after the other. Parts are read into one buffer, which bounds
 * memory, lets a single part be repeated, and spares servers the chunked checksum framing that streams would get.
 */
export async function uploadToS3(target: S3Target, file: string, transfer: TransferOptions): Promise<void> {
  const bytes = await sizeOfLocalFile(file);
  const source = await open(file);
  try {
    await (bytes <= PART_BYTES ? putWhole(target, source, bytes, transfer) : putParts(target, source, bytes, transfer));
  } finally {
    await source.close();
  }
}

async function putWhole(target: S3Target, source: FileHandle, bytes: number, transfer: TransferOptions): Promise<void> {
  await send(target, transfer, async (abortSignal) => {
    const Body = await readPart(source, Buffer.allocUnsafe(bytes), 0);
    const input = { ...describe(target), Body, ContentLength: bytes };
    await target.client.send(new PutObjectCommand(input), { abortSignal });
  });
  transfer.onBytes?.(bytes);
}

async function putParts(target: S3Target, source: FileHandle, bytes: number, transfer: TransferOptions): Promise<void> {
  const { client, bucket: Bucket, operation } = target;
  const Key = operation.key;
  const { UploadId } = await send(target, transfer, async (abortSignal) => {
    return await client.send(new CreateMultipartUploadCommand(describe(target)), { abortSignal });
  });
  const upload = { Bucket, Key, UploadId };
  try {
    const buffer = Buffer.allocUnsafe(Math.max(PART_BYTES, Math.ceil(bytes / MAX_PARTS)));
    const parts: CompletedPart[] = [];
    for (let start = 0; start < bytes; start += buffer.length) {
      const PartNumber = parts.length + 1;
      const length = Math.min(buffer.length, bytes - start);
      const { ETag } = await send(target, transfer, async (abortSignal) => {
        const Body = await readPart(source, buffer.subarray(0, length), start);
        const command = new UploadPartCommand({ ...upload, PartNumber, Body, ContentLength: length });
        return await client.send(command, { abortSignal });
      });
      parts.push({ PartNumber, ETag });
      transfer.onBytes?.(length);
    }
    const command = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } });
    await complete(target, command, bytes, transfer);
  } catch (error) {
    // Parts that nobody completes are stored, and paid for; the first error is the one that counts.
    const cleanUp = { signal: AbortSignal.timeout(CLEAN_UP_MS) };
    await send(target, cleanUp, async (abortSignal) => {
      await client.send(new AbortMultipartUploadCommand(upload), { abortSignal });
    }).catch(() => undefined);
    throw error;
  }
}

/** Where the answer to an attempt was lost, the next one is told that there is no such upload: it has become the object. */
async function complete(
  target: S3Target,
  command: CompleteMultipartUploadCommand,
  bytes: number,
  transfer: TransferOptions,
): Promise<void> {
  let attempts = 0;
  await send(target, transfer, async (abortSignal) => {
    attempts++;
    try {
      await target.client.send(command, { abortSignal });
    } catch (error) {
      if (attempts === 1 || !(error instanceof NoSuchUpload)) throw error;
      const { client, bucket: Bucket, operation } = target;
      const head = new HeadObjectCommand({ Bucket, Key: operation.key });
      const found = await client.send(head, { abortSignal }).catch(() => undefined);
      if (found?.ContentLength !== bytes) throw error;
    }
  });
}

function describe({ bucket, operation, options }: S3Target): { Bucket: string; Key: string; ACL?: 'public-read' } {
  return { Bucket: bucket, Key: operation.key, ...(options.publicRead ? { ACL: 'public-read' } : {}) };
}

async function send<T>(
  { operation, options }: S3Target,
  { signal }: TransferOptions,
  request: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const policy = { ...options, stallTimeoutMs: PART_DEADLINE_MS };
  return await withRetry(operation, policy, signal, async (attempt) => await request(attempt.signal));
}

async function readPart(source: FileHandle, target: Buffer, position: number): Promise<Buffer> {
  let filled = 0;
  while (filled < target.length) {
    const { bytesRead } = await source.read(target, filled, target.length - filled, position + filled);
    if (bytesRead === 0) throw new TransferFault('TRUNCATED', 'the file became shorter while it was read');
    filled += bytesRead;
  }
  return target;
}
