import { randomUUID } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { splitMultipart, storeBody } from './gcs-bodies.js';
import type { StoredBody } from './gcs-bodies.js';
import { signatureFault } from './gcs-signature.js';

export interface GcsServerOptions {
  readonly bucket: string;
  /** Objects can be read by their plain URL without credentials, as from an emulator. */
  readonly openToAll?: boolean;
  /** Objects have a CRC32C only, as composed ones do. */
  readonly composed?: boolean;
  /** Signed URLs are checked against this. */
  readonly publicKey?: KeyObject;
}

export interface GcsServer {
  /** For `apiEndpoint`. */
  readonly endpoint: string;
  /** Method, path and query of every request, in order. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

interface StoredObject extends StoredBody {
  readonly name: string;
  readonly updated: string;
  readonly isPublic: boolean;
}

/** Small, so that listings have several pages. */
const PAGE = 3;

/**
 * As much of Google Cloud Storage as a consumer uses: the JSON API (metadata, media, list, delete, multipart and resumable
 * upload, digests, ranges) and plain or V4-signed GET by path. Bodies lie in a temporary folder.
 */
export async function startGcsServer(options: GcsServerOptions): Promise<GcsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'gcs-'));
  const handler = new Handler(options, folder);
  const server = createServer((request, response) => {
    handler.handle(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  handler.endpoint = endpoint;
  return {
    endpoint,
    requests: handler.requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

class Handler {
  endpoint = '';
  readonly requests: string[] = [];
  private readonly objects = new Map<string, StoredObject>();
  private readonly sessions = new Map<string, { readonly name: string; readonly isPublic: boolean }>();

  constructor(
    private readonly options: GcsServerOptions,
    private readonly folder: string,
  ) {}

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    this.requests.push(`${request.method} ${request.url}`);
    const [, upload, bucket, name] =
      /^\/(?:(upload)\/)?storage\/v1\/b\/([^/]+)\/o(?:\/(.+))?$/.exec(url.pathname) ?? [];
    if (bucket === undefined) return await this.readByPath(request, response, url);
    if (bucket !== this.options.bucket) return fail(response, 404, 'The specified bucket does not exist.', 'notFound');
    if (upload !== undefined) return await this.upload(request, response, url);
    if (name === undefined) return this.list(response, url);
    return await this.object(request, response, url, decodeURIComponent(name));
  }

  private async upload(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const name = url.searchParams.get('name') ?? '';
    const isPublic = url.searchParams.get('predefinedAcl') === 'publicRead';
    const session = this.sessions.get(url.searchParams.get('upload_id') ?? '');
    if (session !== undefined && request.method === 'PUT') {
      return this.keep(response, session.name, session.isPublic, await storeBody(request, this.folder));
    }
    if (url.searchParams.get('uploadType') === 'resumable') {
      request.resume();
      const id = randomUUID();
      this.sessions.set(id, { name, isPublic });
      const location = `${this.endpoint}${url.pathname}?uploadType=resumable&upload_id=${id}`;
      response.writeHead(200, { location, 'content-length': 0 }).end();
      return;
    }
    const body = splitMultipart(request.headers['content-type'] ?? '', await readAll(request));
    this.keep(response, name, isPublic, await storeBody(Readable.from([body]), this.folder));
  }

  private keep(response: ServerResponse, name: string, isPublic: boolean, body: StoredBody): void {
    const stored = { ...body, name, isPublic, updated: new Date().toISOString() };
    this.objects.set(name, stored);
    json(response, 200, this.resource(stored));
  }

  private async object(request: IncomingMessage, response: ServerResponse, url: URL, name: string): Promise<void> {
    const stored = this.objects.get(name);
    if (stored === undefined) return fail(response, 404, `No such object: ${this.options.bucket}/${name}`, 'notFound');
    if (request.method === 'DELETE') {
      this.objects.delete(name);
      response.writeHead(204).end();
    } else if (url.searchParams.get('alt') === 'media') {
      await sendMedia(request, response, stored);
    } else {
      json(response, 200, this.resource(stored));
    }
  }

  private list(response: ServerResponse, url: URL): void {
    const prefix = url.searchParams.get('prefix') ?? '';
    const after = url.searchParams.get('pageToken') ?? '';
    const names = [...this.objects.keys()].filter((name) => name.startsWith(prefix) && name > after).toSorted();
    const page = names.slice(0, PAGE);
    const nextPageToken = names.length > PAGE ? page.at(-1) : undefined;
    json(response, 200, { items: page.map((name) => this.resource(this.objects.get(name)!)), nextPageToken });
  }

  private async readByPath(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const stored = this.objects.get(decodeURIComponent(url.pathname).slice(this.options.bucket.length + 2));
    const open = this.options.openToAll === true || stored?.isPublic === true;
    const refusal = open ? undefined : signatureFault(request, url, this.options.publicKey);
    if (refusal !== undefined) return fail(response, 403, refusal, 'forbidden');
    if (stored === undefined) return fail(response, 404, 'NoSuchKey', 'notFound');
    await sendMedia(request, response, stored);
  }

  private resource({ name, size, crc32c, updated, ...stored }: StoredObject): Record<string, unknown> {
    const md5Hash = this.options.composed === true ? undefined : stored.md5Hash;
    return { kind: 'storage#object', bucket: this.options.bucket, name, size: String(size), md5Hash, crc32c, updated };
  }
}

async function sendMedia(request: IncomingMessage, response: ServerResponse, stored: StoredObject): Promise<void> {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(first ?? 0);
  const end = last === undefined || last === '' ? stored.size - 1 : Math.min(Number(last), stored.size - 1);
  response.writeHead(first === undefined ? 200 : 206, {
    'content-length': end - start + 1,
    'x-goog-hash': `crc32c=${stored.crc32c},md5=${stored.md5Hash}`,
    'x-goog-stored-content-encoding': 'identity',
    ...(first === undefined ? {} : { 'content-range': `bytes ${start}-${end}/${stored.size}` }),
  });
  if (stored.size === 0) response.end();
  else await pipeline(createReadStream(stored.file, { start, end }), response);
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body));
}

function fail(response: ServerResponse, status: number, message: string, reason: string): void {
  json(response, status, { error: { code: status, message, errors: [{ message, domain: 'global', reason }] } });
}
