import type { PastedMask } from './paste-masks.js';
import { sharedPixels } from './paste-masks.js';

/** From how many strong overlaps on, itself included, a mask is dropped. */
const CROWDED = 3;

/** Detections by what has to be done with them. */
export interface SortedMasks {
  /** Overlap no other mask. */
  readonly free: readonly PastedMask[];
  /** Share pixels with others, which have to be divided. */
  readonly overlapping: readonly PastedMask[];
}

/**
 * Sorts masks by their overlaps (IoU of the binary masks). Empty masks, and those that overlap two or more others by more
 * than `multiIouThreshold`, are dropped.
 */
export function sortMasks(masks: readonly PastedMask[], multiIouThreshold: number): SortedMasks {
  const free: PastedMask[] = [];
  const overlapping: PastedMask[] = [];
  for (const mask of masks) {
    if (mask.area === 0) continue;
    let sum = 0;
    let strong = 0;
    for (const other of masks) {
      const iou = other === mask ? 1 : iouOf(mask, other);
      sum += iou;
      if (iou > multiIouThreshold) strong++;
    }
    if (sum === 1) free.push(mask);
    else if (strong < CROWDED) overlapping.push(mask);
  }
  return { free, overlapping };
}

function iouOf(a: PastedMask, b: PastedMask): number {
  if (!boxesMeet(a.box, b.box)) return 0;
  const shared = sharedPixels(a, b);
  return shared === 0 ? 0 : shared / (a.area + b.area - shared);
}

/** Boxes include the pixel of their far corner. */
function boxesMeet(a: PastedMask['box'], b: PastedMask['box']): boolean {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]) + 1;
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]) + 1;
  return width > 0 && height > 0;
}
