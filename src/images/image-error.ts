import { KioskError } from '../errors/kiosk-error.js';

const ACCEPTED = 'TIFF, PNG and JPEG are read, and OME-Zarr';

/** The file is damaged or no image at all. `what` continues the sentence begun by the file's name. */
export function unreadable(file: string, what: string, cause?: unknown): KioskError {
  return new KioskError(
    'KC_IMAGE_UNREADABLE',
    `${file}: ${what}`,
    { hint: `check the file by opening it in ImageJ, or save it again (${ACCEPTED})` },
    cause === undefined ? undefined : { cause },
  );
}

/** The file is sound but uses an encoding that is not read; `wayOut` says what to save it as. */
export function unsupported(file: string, what: string, wayOut: string): KioskError {
  return new KioskError('KC_IMAGE_UNSUPPORTED', `${file}: ${what}`, { hint: wayOut });
}

/** A file could not be written: the disk is full, or the folder does not allow it. */
export function writeFailed(file: string, error: unknown): KioskError {
  const reason = (error as NodeJS.ErrnoException).code;
  if (reason === 'ENOSPC' || reason === 'EDQUOT') {
    return new KioskError(
      'KC_STORAGE_FULL',
      `${file}: there is no space left to write it`,
      { retry: 'later' },
      { cause: error },
    );
  }
  if (error instanceof KioskError) return error;
  return new KioskError('KC_INTERNAL', `${file}: cannot be written (${reason ?? String(error)})`, {}, { cause: error });
}
