import { KioskError } from '../errors/kiosk-error.js';

const ACCEPTED = 'TIFF, PNG and JPEG are read';

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
