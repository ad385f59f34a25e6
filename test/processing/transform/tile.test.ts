import { describe, expect, test } from '@jest/globals';
import { ndArray, sizeOf } from '../../../src/processing/array/nd-array.js';
import { tileImage } from '../../../src/processing/transform/tile.js';
import { untileImage } from '../../../src/processing/transform/untile.js';

function ramp(shape: readonly number[]) {
  return ndArray(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => i % 251),
    shape,
  );
}

describe('tileImage and untileImage', () => {
  test('an image of the size of a tile is one tile', () => {
    const image = ramp([1, 8, 8, 1]);
    const { tiles, info } = tileImage(image, { modelInputShape: [8, 8] });
    expect(tiles.shape).toEqual([1, 8, 8, 1]);
    expect([...tiles.data]).toEqual([...image.data]);
    expect(info.rows).toMatchObject({ starts: [0], padBefore: 0, padAfter: 0, stride: 6 });
  });

  test('zeros surround an image that is smaller than a tile', () => {
    const { tiles } = tileImage(ndArray(Float32Array.of(5), [1, 1, 1, 1]), { modelInputShape: [3, 3] });
    expect([...tiles.data]).toEqual([0, 0, 0, 0, 5, 0, 0, 0, 0]);
  });

  test.each([
    [[1, 100, 70, 2], 32],
    [[2, 40, 41, 1], 16],
    [[1, 1, 90, 1], 32],
    [[1, 33, 1, 1], 32],
  ])('untiling what was tiled gives the image back: %j, tile %i', (shape, tile) => {
    const image = ramp(shape);
    const { tiles, info } = tileImage(image, { modelInputShape: [tile, tile], padMode: 'reflect' });
    const back = untileImage(tiles, info);
    expect(back.shape).toEqual(shape);
    // Blended overlaps of 8 px come out brighter by 1 / (1 − 1 / 128), squared in the corners.
    back.data.forEach((value, i) => expect(Math.abs(value - image.data[i]!)).toBeLessThanOrEqual(0.02 * 251));
  });

  test('keeps the dtype and the image', () => {
    const image = ndArray(Uint16Array.of(1, 2, 3, 4), [1, 2, 2, 1]);
    const { tiles, info } = tileImage(image, { modelInputShape: [2, 2] });
    tiles.data.fill(9);
    expect([...image.data]).toEqual([1, 2, 3, 4]);
    expect(untileImage(tiles, info).data).toEqual(Uint16Array.of(9, 9, 9, 9));
  });

  test('an image without rows becomes tiles of zeros', () => {
    const { tiles } = tileImage(ndArray(new Float32Array(0), [1, 0, 4, 1]), { modelInputShape: [4, 4] });
    expect(tiles.shape).toEqual([1, 4, 4, 1]);
    expect(() => tileImage(ndArray(new Float32Array(0), [1, 0, 4, 1]), { padMode: 'reflect' })).toThrow(
      'tileImage: an empty axis has nothing to mirror',
    );
  });

  test('says what is wrong with its arguments', () => {
    expect(() => tileImage(ramp([4, 4, 1]))).toThrow(
      'tileImage: shape (4, 4, 1); (batch, rows, columns, channels) is accepted',
    );
    expect(() => tileImage(ramp([1, 4, 4, 1]), { strideRatio: 0 })).toThrow(
      'tileImage: a stride ratio of 0; more than 0 and at most 1 is accepted',
    );
    expect(() => tileImage(ramp([1, 4, 4, 1]), { modelInputShape: [0, 4] })).toThrow(
      'tileImage: a tile of 0 pixels; whole numbers ≥ 1 are accepted',
    );
    const { info } = tileImage(ramp([1, 4, 4, 1]), { modelInputShape: [4, 4] });
    expect(() => untileImage(ramp([2, 4, 4, 1]), info)).toThrow(
      'untileImage: tiles of shape (2, 4, 4, 1); (1, 4, 4, channels) is accepted',
    );
  });
});
