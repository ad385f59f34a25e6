import type { PixelSize } from '../tiff/pixel-size.js';

const VERSION = '0.4';

/** How pixels are halved, for people. */
const METHODS = { mean: 'mean of 2 x 2 pixels', nearest: 'upper left of 2 x 2 pixels' } as const;

/** A channel as viewers first show it. */
export interface ChannelLook {
  readonly label: string;
  readonly colour: readonly [red: number, green: number, blue: number];
  /** Values that are shown black and in full colour. */
  readonly window: readonly [start: number, end: number];
  /** Least and greatest value that there can be, or is. */
  readonly range: readonly [min: number, max: number];
}

export interface Multiscales {
  readonly name: string;
  /** Resolutions, each half of the one before. */
  readonly levels: number;
  readonly pixelSize: PixelSize | undefined;
  /** How a level was made of the one before. */
  readonly method: keyof typeof METHODS;
}

/**
 * The `multiscales` of an image or label image with axes c, y, x.
 *
 * A pixel of level k covers 2^k × 2^k pixels of level 0, so its centre lies (2^k − 1) / 2 of them further in; that is
 * the translation.
 *
 * @see NGFF 0.4, "multiscales" and "coordinateTransformations"
 */
export function multiscales({ name, levels, pixelSize, method }: Multiscales) {
  const unit = pixelSize === undefined ? {} : { unit: 'micrometer' };
  const { y, x } = pixelSize ?? { y: 1, x: 1 };
  const datasets = Array.from({ length: levels }, (_, level) => {
    const factor = 2 ** level;
    const shift = (factor - 1) / 2;
    return {
      path: String(level),
      coordinateTransformations: [
        { type: 'scale', scale: [1, y * factor, x * factor] },
        ...(level === 0 ? [] : [{ type: 'translation', translation: [0, y * shift, x * shift] }]),
      ],
    };
  });
  const axes = [
    { name: 'c', type: 'channel' },
    { name: 'y', type: 'space', ...unit },
    { name: 'x', type: 'space', ...unit },
  ];
  const metadata = { method: 'kiosk-consumer', description: METHODS[method] };
  return { multiscales: [{ version: VERSION, name, axes, datasets, type: method, metadata }] };
}

/** How viewers show the channels. @see NGFF 0.4, "omero" */
export function omero(name: string, channels: readonly ChannelLook[]) {
  return {
    omero: {
      version: VERSION,
      name,
      channels: channels.map(({ label, colour, window: [start, end], range: [min, max] }) => ({
        label,
        color: colour
          .map((part) => part.toString(16).padStart(2, '0'))
          .join('')
          .toUpperCase(),
        active: true,
        coefficient: 1,
        family: 'linear',
        inverted: false,
        window: { start, end, min, max },
      })),
      rdefs: { model: channels.length === 1 ? 'greyscale' : 'color' },
    },
  };
}

/** What makes an image in the group `labels` labels of the image above. @see NGFF 0.4, "image-label" */
export const IMAGE_LABEL = { 'image-label': { version: VERSION, source: { image: '../../' } } };
