import { stat } from 'node:fs/promises';

import { KioskError } from '../errors/kiosk-error.js';

/** The size of a local file that is to be sent. */
export async function sizeOfLocalFile(file: string): Promise<number> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() === true) return found.size;
  const what = found === undefined ? 'There is no local file' : 'This is not a file';
  throw new KioskError('KC_STORAGE_NOT_FOUND', `${what}: ${file}; nothing was uploaded.`, {
    hint: 'upload a file that exists; a folder has to be zipped first',
  });
}
