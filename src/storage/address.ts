import { isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { KioskError } from '../errors/kiosk-error.js';

/** What a storage URL says, checked. */
export type StorageAddress = S3Address | GcsAddress | FileAddress;

export interface S3Address {
  readonly scheme: 's3';
  readonly bucket: string;
  /** Origin of an S3-compatible server; AWS if absent. */
  readonly endpoint?: string;
  readonly region?: string;
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`. Default: with an endpoint of one's own. */
  readonly pathStyle: boolean;
  /** `when-required` sends none of the SDK's trailing checksums. Default: with an endpoint of one's own. */
  readonly checksums: 'when-required' | 'when-supported';
}

export interface GcsAddress {
  readonly scheme: 'gs';
  readonly bucket: string;
  readonly apiEndpoint?: string;
  /** No credentials are looked for. Default: with an endpoint that is not Google's, which then is an emulator. */
  readonly anonymous: boolean;
}

export interface FileAddress {
  readonly scheme: 'file';
  /** Absolute. */
  readonly folder: string;
}

const S3_OPTIONS = ['endpoint', 'region', 'pathStyle', 'checksums'] as const;
const GCS_OPTIONS = ['apiEndpoint', 'anonymous'] as const;

/**
 * Reads `s3://bucket?endpoint=…&region=…&pathStyle=true&checksums=when-required`, `gs://bucket?apiEndpoint=…&anonymous=true`,
 * `file:PATH` or `file:///PATH`.
 *
 * @throws {KioskError} `KC_CONFIG` that says what is accepted
 */
export function parseStorageUrl(url: string): StorageAddress {
  const scheme = /^(s3|gs|file):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 's3') return s3Address(url);
  if (scheme === 'gs') return gcsAddress(url);
  if (scheme === 'file') return fileAddress(url);
  throw fault(`${shown(url)} is not a storage URL`, 's3://bucket, gs://bucket, file:PATH');
}

function s3Address(url: string): S3Address {
  const { bucket, options } = split(url, S3_OPTIONS);
  const endpoint = originOption(options, 'endpoint');
  const region = options.get('region');
  if (region !== undefined && !/^[A-Za-z0-9-]+$/.test(region))
    throw badOption('region', region, 'a name like us-east-1');
  const checksums = options.get('checksums') ?? (endpoint === undefined ? 'when-supported' : 'when-required');
  if (checksums !== 'when-required' && checksums !== 'when-supported') {
    throw badOption('checksums', checksums, 'when-required, when-supported');
  }
  return {
    scheme: 's3',
    bucket,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    pathStyle: flagOption(options, 'pathStyle') ?? endpoint !== undefined,
    checksums,
  };
}

function gcsAddress(url: string): GcsAddress {
  const { bucket, options } = split(url, GCS_OPTIONS);
  const apiEndpoint = originOption(options, 'apiEndpoint');
  const isGoogle = apiEndpoint === undefined || new URL(apiEndpoint).hostname.endsWith('.googleapis.com');
  return {
    scheme: 'gs',
    bucket,
    ...(apiEndpoint === undefined ? {} : { apiEndpoint }),
    anonymous: flagOption(options, 'anonymous') ?? !isGoogle,
  };
}

function fileAddress(url: string): FileAddress {
  if (/[\0]/.test(url)) throw fault('The storage URL holds a NUL character', 'file:PATH, file:///PATH');
  if (!url.startsWith('file://')) {
    const path = url.slice('file:'.length);
    if (path === '') throw fault('"file:" names no folder', 'file:PATH, file:///PATH');
    return { scheme: 'file', folder: isAbsolute(path) ? resolve(path) : resolve('.', path) };
  }
  if (/[?#]/.test(url)) throw fault(`${shown(url)}: file: takes no options`, 'file:PATH, file:///PATH (? as %3F)');
  try {
    return { scheme: 'file', folder: resolve(fileURLToPath(url)) };
  } catch {
    throw fault(`${shown(url)} is not a local folder`, 'file:PATH, file:///PATH');
  }
}

/** Bucket and options; the names of buckets are judged by the store, here only what could be something else. */
function split(url: string, accepted: readonly string[]): { bucket: string; options: ReadonlyMap<string, string> } {
  const scheme = url.slice(0, url.indexOf(':')).toLowerCase();
  const form = `${scheme}://BUCKET?${accepted.map((name) => `${name}=…`).join('&')}`;
  const match = /^[a-z0-9]+:\/\/([^/?#]*)\/?(?:\?([^#]*))?$/is.exec(url);
  const bucket = match?.[1];
  if (bucket === undefined) throw fault(`${shown(url)} is not a bucket, or goes on after its name`, form);
  if (bucket.includes('@')) {
    throw fault('The storage URL holds credentials', `${form}; credentials go into the environment`);
  }
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,220}[A-Za-z0-9]$/.test(bucket)) {
    throw fault(`"${bucket}" is not a bucket's name`, 'letters, digits, ".", "_", "-"; at least three');
  }
  const options = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(match?.[2] ?? '')) {
    if (!accepted.includes(name)) throw fault(`${scheme}: has no option "${name}"`, form);
    if (options.has(name)) throw fault(`The option "${name}" is given twice`, form);
    options.set(name, value);
  }
  return { bucket, options };
}

function flagOption(options: ReadonlyMap<string, string>, name: string): boolean | undefined {
  const value = options.get(name);
  if (value === undefined || value === 'true' || value === 'false')
    return value === undefined ? value : value === 'true';
  throw badOption(name, value, 'true, false');
}

function originOption(options: ReadonlyMap<string, string>, name: string): string | undefined {
  const value = options.get(name);
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '') {
    throw badOption(name, shown(value), 'a URL like https://storage.example.org:9000');
  }
  return url.href.replace(/\/$/, '');
}

function badOption(name: string, value: string, accepted: string): KioskError {
  return fault(`The option ${name} of the storage URL is "${value}"`, accepted);
}

function fault(message: string, accepted: string): KioskError {
  return new KioskError('KC_CONFIG', `${message}.`, {
    hint: `set STORAGE_BUCKET (or storage) to one of: ${accepted}`,
    details: [`accepted: ${accepted}`],
  });
}

/** Without what stands before an `@`: that would be credentials. */
function shown(url: string): string {
  return `"${url.replace(/\/\/[^/]*@/, '//***@').slice(0, 200)}"`;
}
