import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packFolder } from '../images/zarr/pack-store.js';
import type { ObjectStore } from '../storage/contract.js';

/** Uploads a file; a folder, which is a Zarr store, as one zip archive. */
export async function uploadInput(
  store: Pick<ObjectStore, 'upload'>,
  path: string,
  key: string,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  if (!(await stat(path)).isDirectory()) {
    await store.upload(path, key, { signal });
    return;
  }
  const workspace = await mkdtemp(join(tmpdir(), 'kiosk-pack-'));
  try {
    const packed = join(workspace, 'store.ozx');
    await packFolder(path, packed, { signal });
    await store.upload(packed, key, { signal });
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}
