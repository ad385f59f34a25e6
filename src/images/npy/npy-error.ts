import { KioskError } from '../../errors/kiosk-error.js';

const HINT = 'Save the array again with numpy.save, as a C-contiguous array of plain numbers.';

/** The file is damaged, or no .npy file. `what` continues the sentence begun by its name. */
export function unreadableNpy(name: string, what: string): KioskError {
  return new KioskError('KC_IMAGE_UNREADABLE', `${name}: ${what}`, { hint: HINT });
}

/** The file is sound but holds what is not read. */
export function unsupportedNpy(name: string, what: string): KioskError {
  return new KioskError('KC_IMAGE_UNSUPPORTED', `${name}: ${what}`, { hint: HINT });
}
