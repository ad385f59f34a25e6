import { KioskError } from '../errors/kiosk-error.js';
import { parseStorageUrl } from './address.js';
import type { ObjectStore, StorageOptions } from './contract.js';

/** Opens a store for a URL of a scheme that a plugin has registered. */
export type StorageFactory = (url: string, options: StorageOptions) => Promise<ObjectStore>;

/** Signatures of version 4, S3's and Google's alike, hold for seven days at most. */
const MAX_SIGNED_SECONDS = 7 * 24 * 60 * 60;

/**
 * The store that `url` names: `s3://bucket?…`, `gs://bucket?…`, `file:PATH`, or a scheme of `extraSchemes` (without `:`).
 * Only the driver that is asked for is loaded. No request is made yet.
 *
 * @throws {KioskError} `KC_CONFIG` if the URL or an option of it is not understood
 */
export async function openStorage(
  url: string,
  options: StorageOptions,
  extraSchemes: ReadonlyMap<string, StorageFactory> = new Map(),
): Promise<ObjectStore> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
  const extra = extraSchemes.get(scheme);
  if (extra !== undefined) return await extra(url, options);
  checkOptions(options);
  const address = parseStorageUrl(url);
  if (address.scheme === 's3') return await (await import('./s3.js')).openS3Store(address, options);
  if (address.scheme === 'gs') return (await import('./gcs.js')).openGcsStore(address, options);
  return (await import('./file.js')).openFileStore(address, options);
}

function checkOptions({ resultUrlSeconds }: StorageOptions): void {
  if (resultUrlSeconds >= 1 && resultUrlSeconds <= MAX_SIGNED_SECONDS) return;
  throw new KioskError('KC_CONFIG', `Signed URLs cannot hold for ${resultUrlSeconds} seconds.`, {
    hint: `set it to between 1 and ${MAX_SIGNED_SECONDS} (7 days), or set publicRead`,
  });
}
