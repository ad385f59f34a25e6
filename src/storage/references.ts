import { relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { KioskError } from '../errors/kiosk-error.js';
import { checkKey, faultOfKey, quoteKey } from './keys.js';

/** The bucket that references are read against. */
export interface BucketPlace {
  readonly scheme: 's3' | 'gs' | 'file';
  /** For `file` the absolute path of the folder. */
  readonly bucket: string;
  /** `host` or `host:port` of a custom endpoint, beside the provider's own hosts. */
  readonly publicHosts?: readonly string[];
}

/** Where the frontend puts uploads; a name without a folder is looked for here too. */
const UPLOADS = 'uploads/';

/** Hosts of Google Cloud Storage that name the bucket in their path. */
const GS_HOSTS = /^storage(?:\.cloud\.google|\.googleapis)\.com$/;

/** Hosts of S3: with or without region, old `s3-region` form, dual stack, FIPS, accelerated, China. */
const S3_HOSTS =
  /^s3(?:-accelerate|-fips|-external-1)?(?:[.-]dualstack)?(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?\.amazonaws\.com(?:\.cn)?$/;

/**
 * The keys that `reference` may mean, the likeliest first: a key with or without a leading `/`, a bare name (also under
 * `uploads/`), or a `gs:`, `s3:`, `https:`, `file:` URL of this same bucket. Web URLs are percent-decoded once; as some
 * writers of S3 URLs do not encode, the path as it stands comes second. All of them have passed `checkKey`.
 *
 * @throws {KioskError} `KC_STORAGE_KEY` if it names another bucket or host, leaves the bucket, or is no key
 */
export function keyFromReference(reference: string, place: BucketPlace): readonly string[] {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(reference)?.[1]?.toLowerCase();
  if (scheme === undefined) return keysOfPath(reference);
  // Before any URL is taken apart: programs differ in what a backslash or a control character in one means.
  if (/[\\\p{Cc}]/u.test(reference)) throw foreign(reference, place, 'it holds a backslash or a control character');
  if (scheme === 'http' || scheme === 'https') return keysOfWebUrl(reference, place);
  if (scheme === 'file') return [keyOfFileUrl(reference, place)];
  if (scheme === 's3' || scheme === 'gs') return [keyOfBucketUrl(reference, scheme, place)];
  throw foreign(reference, place, `"${scheme}:" is not read`);
}

function keysOfPath(path: string): readonly string[] {
  const key = checkKey(path.startsWith('/') ? path.slice(1) : path);
  return key.includes('/') || faultOfKey(UPLOADS + key) !== undefined ? [key] : [key, UPLOADS + key];
}

/** `s3://bucket/key` is not percent-encoded by the tools that print it: the key is taken as it stands. */
function keyOfBucketUrl(reference: string, scheme: 's3' | 'gs', place: BucketPlace): string {
  const [bucket, key] = splitOnce(reference.slice(scheme.length + '://'.length));
  if (scheme !== place.scheme || bucket !== place.bucket) {
    throw foreign(reference, place, `it names ${scheme}://${bucket}`);
  }
  return checkKey(key);
}

function keysOfWebUrl(reference: string, place: BucketPlace): readonly string[] {
  const [authority, tail] = splitOnce(reference.slice(reference.indexOf('://') + '://'.length).replace(/[?#].*$/s, ''));
  const host = authority.toLowerCase();
  const path = pathInBucket(host, tail, place);
  if (path === undefined)
    throw foreign(reference, place, `it names ${quoteKey(`${host.replace(/^.*@/, '')}/${splitOnce(tail)[0]}`)}`);
  const decoded = decodeOnce(path);
  // The decoded form is what the URL means: if that is no key, the literal one is not tried either.
  const keys = [checkKey(decoded)];
  if (path !== decoded && faultOfKey(path) === undefined) keys.push(path);
  return keys;
}

/** The path below the bucket; undefined if host and path belong to another one. */
function pathInBucket(host: string, tail: string, place: BucketPlace): string | undefined {
  const isOurs = (name: string): boolean => {
    if (place.publicHosts?.some((known) => known.toLowerCase() === name)) return true;
    if (place.scheme === 'gs') return GS_HOSTS.test(name);
    return place.scheme === 's3' && S3_HOSTS.test(name);
  };
  const prefix = `${place.bucket.toLowerCase()}.`;
  if (host.startsWith(prefix) && isOurs(host.slice(prefix.length))) return tail;
  if (!isOurs(host)) return undefined;
  const [bucket, path] = splitOnce(tail);
  return decodeOnce(bucket) === place.bucket ? path : undefined;
}

function keyOfFileUrl(reference: string, place: BucketPlace): string {
  if (place.scheme !== 'file') throw foreign(reference, place, 'it names a local file');
  // Checked as text too: a URL parser would silently resolve `..`, also in its encoded form.
  if (/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(reference)) throw foreign(reference, place, 'it has a part "." or ".."');
  const path = pathOfFileUrl(reference, place);
  const inside = relative(place.bucket, resolve(path));
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`)) {
    throw foreign(reference, place, 'it is not in this folder');
  }
  return checkKey(inside.split(sep).join('/'));
}

function pathOfFileUrl(reference: string, place: BucketPlace): string {
  try {
    return fileURLToPath(reference);
  } catch {
    throw foreign(reference, place, 'it is not a URL of a local file');
  }
}

function splitOnce(text: string): [head: string, tail: string] {
  const slash = text.indexOf('/');
  return slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash + 1)];
}

/** A `%` that starts no escape means itself: the URL was never encoded. */
function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function foreign(reference: string, place: BucketPlace, why: string): KioskError {
  const shown = place.scheme === 'file' ? `the folder ${place.bucket}` : `${place.scheme}://${place.bucket}`;
  return new KioskError(
    'KC_STORAGE_KEY',
    `${quoteKey(withoutQuery(reference))} does not point into ${shown}: ${why}.`,
    {
      hint: 'give a key such as "uploads/image.tif", or a URL of this bucket; to work on another bucket, set STORAGE_BUCKET',
    },
  );
}

/** Queries of signed URLs are secrets. */
function withoutQuery(reference: string): string {
  return reference.replace(/[?#].*$/s, '').replace(/\/\/[^/@]*@/, '//');
}
