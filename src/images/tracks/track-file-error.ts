import { KioskError } from '../../errors/kiosk-error.js';

/** The file is damaged, hostile, or none of its kind. `what` continues the sentence begun by its name. */
export function unreadableTracks(file: string, what: string, cause?: unknown): KioskError {
  return new KioskError(
    'KC_IMAGE_UNREADABLE',
    `${file}: ${what}`,
    {
      hint: 'A .trk file is a tar archive, gzip-compressed or plain, of lineage.json, raw.npy and tracked.npy; export it again.',
    },
    cause === undefined ? undefined : { cause },
  );
}

/** The parts of the file do not fit together. */
export function misshapenTracks(file: string, what: string): KioskError {
  return new KioskError('KC_IMAGE_SHAPE', `${file}: ${what}`, {
    hint: 'raw.npy has to be (frames, rows, columns, channels) and tracked.npy (frames, rows, columns, 1); a .trks file has one more axis in front, for its films.',
  });
}

/** The file announces more than the limits allow. */
export function tooLargeTracks(file: string, what: string): KioskError {
  return new KioskError('KC_IMAGE_TOO_LARGE', `${file}: ${what}`, {
    hint: 'Crop the film or split it, or raise limits.maxBytes.',
  });
}
