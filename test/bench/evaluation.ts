import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readImage } from '../../src/images/read.js';
import type { LabelArray } from '../../src/processing/array/nd-array.js';
import {
  matchLabels,
  scoreMatches,
  type LabelMatch,
  type LabelScore,
} from '../../src/processing/measure/match-labels.js';

/** An image and its truth. */
export interface TruePair {
  readonly name: string;
  readonly image: string;
  readonly mask: string;
}

export interface ImageScore {
  readonly name: string;
  readonly objects: number;
  readonly predicted: number;
  /** F1 at IoU 0.5. */
  readonly f1: number;
  /** Average precision over IoU 0.50–0.95. */
  readonly ap: number;
}

export interface Evaluation {
  readonly images: readonly ImageScore[];
  readonly all: LabelScore;
}

const MASK_SUFFIX = '.mask.tif';

/** Every `NAME.mask.tif` of a folder with its `NAME.tif`, sorted by name. */
export async function truePairs(folder: string): Promise<TruePair[]> {
  const files = new Set(await readdir(folder));
  const names = [...files]
    .filter((file) => file.endsWith(MASK_SUFFIX))
    .map((file) => file.slice(0, -MASK_SUFFIX.length));
  const alone = names.filter((name) => !files.has(`${name}.tif`));
  if (alone.length > 0) throw new RangeError(`${folder}: masks without an image: ${alone.join(', ')}`);
  return names.toSorted().map((name) => ({
    name,
    image: join(folder, `${name}.tif`),
    mask: join(folder, `${name}${MASK_SUFFIX}`),
  }));
}

/**
 * Scores label images against the truth.
 * @param labelsOf path of the label image found for a pair
 * @throws {RangeError} if a label image does not have its mask's shape
 */
export async function evaluate(pairs: readonly TruePair[], labelsOf: (pair: TruePair) => string): Promise<Evaluation> {
  const matches: LabelMatch[] = [];
  const images: ImageScore[] = [];
  for (const pair of pairs) {
    const match = matchLabels(await readLabels(pair.mask), await readLabels(labelsOf(pair)));
    const { f1Pooled, meanAveragePrecision } = scoreMatches([match]);
    matches.push(match);
    images.push({
      name: pair.name,
      objects: match.truths,
      predicted: match.predictions,
      f1: match.truths + match.predictions > 0 ? f1Pooled : 1,
      ap: meanAveragePrecision,
    });
  }
  return { images, all: scoreMatches(matches) };
}

/** The evaluation as a table for people, one line an image, and the figures of all of them below. */
export function renderEvaluation({ images, all }: Evaluation): string {
  const width = Math.max(5, ...images.map(({ name }) => name.length));
  const line = (name: string, ...cells: readonly string[]) =>
    [name.padEnd(width), ...cells.map((cell) => cell.padStart(9))].join(' ');
  const rows = images.map(({ name, objects, predicted, f1, ap }) =>
    line(name, String(objects), String(predicted), f1.toFixed(3), ap.toFixed(3)),
  );
  return [
    line('image', 'objects', 'predicted', 'F1@0.5', 'AP'),
    ...rows,
    '',
    `images                   ${all.images}`,
    `objects                  ${all.objects} (${all.truePositives} found, ${all.falseNegatives} missed, ${all.falsePositives} too many)`,
    `F1 at IoU 0.5, pooled    ${all.f1Pooled.toFixed(4)}`,
    `F1 at IoU 0.5, per image ${all.f1ImageMean.toFixed(4)}`,
    `mean AP 0.50–0.95        ${all.meanAveragePrecision.toFixed(4)}`,
  ].join('\n');
}

async function readLabels(file: string): Promise<LabelArray> {
  const { data, shape } = await readImage(file);
  return { shape, data: Int32Array.from(data, Number) };
}
