import { sameShape, type LabelArray } from '../processing/array/nd-array.js';
import { matchLabels } from '../processing/measure/match-labels.js';
import { Mismatch } from './mismatch.js';

/** Where two label images first differ beyond their numbering, in words; undefined if nowhere. */
export function labelDifference(expected: LabelArray, found: LabelArray): string | undefined {
  if (!sameShape(expected, found)) {
    return `the shapes are (${expected.shape.join(', ')}) and (${found.shape.join(', ')})`;
  }
  const there = new Map<number, number>([[0, 0]]);
  const back = new Map<number, number>([[0, 0]]);
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [expected.data[i]!, found.data[i]!];
    if (!there.has(a) && !back.has(b)) {
      there.set(a, b);
      back.set(b, a);
    }
    if (there.get(a) === b && back.get(b) === a) continue;
    return `at ${placeOf(i, expected.shape)} label ${a} is expected and ${b} found`;
  }
  return undefined;
}

/** @throws {Mismatch} unless both images hold the same objects, however they are numbered */
export function expectSameLabels(expected: LabelArray, found: LabelArray): void {
  const difference = labelDifference(expected, found);
  if (difference !== undefined) throw new Mismatch([`The labels differ: ${difference}.`]);
}

/** F1 of objects at an IoU above `iou`, which must be 0.5 at least; 1 if there is nothing to find and nothing was found. */
export function f1Score(truth: LabelArray, found: LabelArray, iou = 0.5): number {
  if (iou < 0.5) throw new RangeError(`f1Score: iou is ${iou}; below 0.5 objects have no partner of their own`);
  const { truths, predictions, ious } = matchLabels(truth, found);
  const hits = ious.filter((value) => value > iou).length;
  return truths + predictions === 0 ? 1 : (2 * hits) / (truths + predictions);
}

/** @throws {Mismatch} if {@link f1Score} is below `least` */
export function expectF1(truth: LabelArray, found: LabelArray, least: number, iou = 0.5): void {
  const score = f1Score(truth, found, iou);
  if (score >= least) return;
  const { truths, predictions } = matchLabels(truth, found);
  const objects = `${truths} objects are there, ${predictions} were found`;
  throw new Mismatch([`F1 at IoU ${iou} is ${score.toFixed(3)}, at least ${least} is expected; ${objects}.`]);
}

function placeOf(index: number, shape: readonly number[]): string {
  const position: number[] = [];
  let rest = index;
  for (const length of shape.toReversed()) {
    position.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return `(${position.join(', ')})`;
}
