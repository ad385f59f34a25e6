import { randomUUID } from 'node:crypto';
import { extname } from 'node:path';

import { KioskError } from '../errors/kiosk-error.js';

/** S3 and GCS both end here. */
const MAX_KEY_BYTES = 1024;

/** Most file systems allow 255 bytes a name; the rest is left for suffixes such as `.part`. */
const MAX_LOCAL_NAME_BYTES = 200;

/**
 * Gives `key` back if it may be a key: parts separated by `/`, none of them empty, `.` or `..`; no backslash, no control
 * character, no broken surrogate, at most 1024 bytes of UTF-8. Blanks, commas, `%`, `:` and other scripts are fine.
 *
 * @throws {KioskError} `KC_STORAGE_KEY`
 */
export function checkKey(key: string): string {
  const fault = faultOfKey(key);
  if (fault !== undefined) {
    throw new KioskError('KC_STORAGE_KEY', `${quoteKey(key)} is not a key: ${fault}.`, {
      hint: 'a key is like "uploads/image.tif": parts separated by one "/", without ".", ".." or "\\"',
    });
  }
  return key;
}

/** What forbids `key`, in words; undefined if nothing does. */
export function faultOfKey(key: string): string | undefined {
  if (key === '') return 'it is empty';
  if (/\p{Surrogate}/u.test(key)) return 'it is not valid Unicode';
  if (/\p{Cc}/u.test(key)) return 'it holds a control character';
  if (key.includes('\\')) return 'it holds a backslash';
  if (key.startsWith('/')) return 'it begins with "/"';
  const bytes = Buffer.byteLength(key);
  if (bytes > MAX_KEY_BYTES) return `it has ${bytes} bytes, at most ${MAX_KEY_BYTES} are allowed`;
  for (const part of key.split('/')) {
    if (part === '') return 'one of its parts is empty';
    if (part === '.' || part === '..') return `it has a part "${part}"`;
  }
  return undefined;
}

/** A new key for a result; random, so that concurrent jobs never meet and nobody knows it before the job settles. */
export function resultKey(extension = '.zip'): string {
  return `output/${randomHex()}${extension}`;
}

/** A new key for an upload, with the extension of `name` if that is a plain one (`.tif`). */
export function uploadKey(name: string): string {
  const extension = extname(name);
  return `uploads/${randomHex()}${/^\.[A-Za-z0-9]{1,16}$/.test(extension) ? extension : ''}`;
}

/**
 * A file name for a local copy of `key`: its last part, with what file systems dislike replaced by `_`. Never empty, never
 * hidden, never holds a separator, so that joined to a folder it is inside it. The extension stays.
 */
export function localName(key: string): string {
  const base = key.slice(key.lastIndexOf('/') + 1).replaceAll(/\p{Surrogate}/gu, '_');
  const plain = base.replaceAll(/[\p{Cc}\\/:*?"<>|]/gu, '_').replace(/^\./, '_');
  const extension = extname(plain);
  const suffix = Buffer.byteLength(extension) <= 32 ? extension : '';
  const stem = cutToBytes(
    plain.slice(0, plain.length - suffix.length),
    MAX_LOCAL_NAME_BYTES - Buffer.byteLength(suffix),
  );
  return `${stem}${suffix}` || '_';
}

/** A key or reference as it is shown in messages: quoted, escaped, not longer than a line. */
export function quoteKey(key: string): string {
  const shown = key.length > 200 ? `${key.slice(0, 200)}…` : key;
  return JSON.stringify(shown);
}

function randomHex(): string {
  return randomUUID().replaceAll('-', '');
}

/** Cut between characters. */
function cutToBytes(text: string, limit: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= limit
    ? text
    : bytes
        .subarray(0, limit)
        .toString()
        .replace(/\uFFFD+$/, '');
}
