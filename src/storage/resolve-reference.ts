import { KioskError } from '../errors/kiosk-error.js';
import type { ObjectStore } from './contract.js';
import { quoteKey } from './keys.js';
import { keyFromReference } from './references.js';
import type { BucketPlace } from './references.js';

/** `ObjectStore.resolve` for every driver: the first of the keys that `reference` may mean under which there is an object. */
export async function resolveReference(
  store: ObjectStore,
  reference: string,
  place: BucketPlace,
  options?: { readonly signal?: AbortSignal },
): Promise<string> {
  const keys = keyFromReference(reference, place);
  for (const key of keys) {
    if ((await store.stat(key, options)) !== undefined) return key;
  }
  const looked = keys.map(quoteKey).join(' nor ');
  throw new KioskError('KC_STORAGE_NOT_FOUND', `There is no object ${looked} in ${store.address}.`, {
    hint: 'check input_file_name, and that STORAGE_BUCKET names the bucket of the upload',
  });
}
