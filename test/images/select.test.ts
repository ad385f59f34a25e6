import { describe, expect, test } from '@jest/globals';
import type { Raster } from '../../src/images/raster.js';
import { describeChannels, toImage, toVolume } from '../../src/images/select.js';

/** Every element is its own index, so that where a value went can be read off. */
function counted(axes: string, shape: readonly number[], more: Partial<Raster> = {}): Raster {
  const size = shape.reduce((product, length) => product * length, 1);
  return { dtype: 'uint16', axes, shape, data: Uint16Array.from({ length: size }, (_, index) => index), ...more };
}

/** The value at (batch, row, column, channel), worked out from the stored axes. */
function at(raster: Raster, indices: Readonly<Record<string, number>>): number {
  return raster.axes.split('').reduce((flat, axis, index) => flat * raster.shape[index]! + (indices[axis] ?? 0), 0);
}

describe('which axes an image has, where the job does not say', () => {
  test.each<[axes: string, shape: number[], result: number[], why: string]>([
    ['YX', [6, 7], [1, 6, 7, 1], 'none: one channel'],
    ['CYX', [2, 6, 7], [1, 6, 7, 2], 'C: named in the file'],
    ['CYX', [40, 6, 7], [1, 6, 7, 40], 'C: named in the file'],
    ['YXS', [6, 7, 3], [1, 6, 7, 3], 'S: samples per pixel'],
    ['SYX', [2, 6, 7], [1, 6, 7, 2], 'S: samples per pixel'],
    ['TYX', [3, 6, 7], [3, 6, 7, 1], 'none: one channel; T (3) taken as a batch'],
    ['ZYX', [3, 6, 7], [3, 6, 7, 1], 'none: one channel; Z (3) taken as a batch'],
    ['TZCYX', [2, 3, 2, 6, 7], [6, 6, 7, 2], 'C: named in the file'],
    ['TCYXS', [2, 2, 6, 7, 3], [2, 6, 7, 6], 'C: named in the file; S: samples per pixel'],
    ['IYX', [2, 6, 7], [1, 6, 7, 2], 'axis 0: length 2, smallest and at most 4'],
    ['QYX', [4, 6, 7], [1, 6, 7, 4], 'axis 0: length 4, smallest and at most 4'],
    ['QYX', [5, 6, 7], [5, 6, 7, 1], 'none: one channel; Q (5) taken as a batch'],
    ['QYX', [1, 6, 7], [1, 6, 7, 1], 'none: one channel'],
    ['QYX', [6, 7, 2], [1, 6, 7, 2], 'axis 2: length 2, smallest, behind rows and columns'],
    ['QQYX', [9, 6, 7, 2], [9, 6, 7, 2], 'axis 3: length 2, smallest, behind rows and columns'],
    ['QQYX', [9, 3, 6, 7], [9, 6, 7, 3], 'axis 1: length 3, innermost of the unnamed axes and at most 4'],
    ['TQYX', [9, 3, 6, 7], [9, 6, 7, 3], 'axis 1: length 3, smallest and at most 4'],
    ['QYX', [2, 3, 3], [1, 3, 3, 2], 'axis 0: length 2, smallest and at most 4'],
  ])('%s %j becomes %j: %s', (axes, shape, result, why) => {
    const { images, channelAxis } = toImage(counted(axes, shape));
    expect(images.shape).toEqual(result);
    expect(channelAxis).toBe(why);
    expect(describeChannels({ axes, shape })).toBe(why);
  });

  test('every pixel of T, Z and C goes where it belongs', () => {
    const raster = counted('TZCYX', [2, 3, 2, 5, 4]);
    const { images } = toImage(raster);
    for (const [t, z, c, y, x] of [
      [0, 0, 0, 0, 0],
      [1, 2, 1, 4, 3],
      [0, 2, 1, 3, 0],
      [1, 0, 0, 2, 2],
    ] as const) {
      const [, rows, columns, channels] = images.shape as [number, number, number, number];
      const place = (((t * 3 + z) * rows + y) * columns + x) * channels + c;
      expect(images.data[place]).toBe(at(raster, { T: t, Z: z, C: c, Y: y, X: x }));
    }
  });

  test('an opacity is no channel, unless its index is asked for', () => {
    const rgba = counted('YXS', [2, 2, 4], { alpha: true });
    expect([...toImage(rgba).images.data]).toEqual([0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14]);
    expect([...toImage(rgba, { channels: [3] }).images.data]).toEqual([3, 7, 11, 15]);
    expect(describeChannels(rgba)).toBe('S: samples per pixel, without the last of 4 (opacity)');
    expect(toImage(counted('YXS', [2, 2, 4])).images.shape).toEqual([1, 2, 2, 4]);
  });
});

describe('what a job says about the axes', () => {
  test.each<[order: string, axes: string, shape: number[], result: number[]]>([
    ['XY', 'YX', [6, 7], [1, 6, 7, 1]],
    ['BXY', 'TYX', [3, 6, 7], [3, 6, 7, 1]],
    ['BXY', 'QYX', [3, 6, 7], [3, 6, 7, 1]],
    ['CXY', 'QYX', [9, 6, 7], [1, 6, 7, 9]],
    ['CXY', 'ZYX', [3, 6, 7], [1, 6, 7, 3]],
    ['XYB', 'QYX', [6, 7, 3], [3, 6, 7, 1]],
    ['XYC', 'QYX', [6, 7, 9], [1, 6, 7, 9]],
    ['XYC', 'YXS', [6, 7, 3], [1, 6, 7, 3]],
    ['BXYC', 'QQYX', [5, 6, 7, 2], [5, 6, 7, 2]],
    ['CXYB', 'QQYX', [2, 6, 7, 5], [5, 6, 7, 2]],
    [' bxy ', 'TYX', [3, 6, 7], [3, 6, 7, 1]],
    ['XYB', 'YX', [6, 7], [1, 6, 7, 1]],
    ['CXY', 'YX', [6, 7], [1, 6, 7, 1]],
    ['BXYC', 'CYX', [2, 6, 7], [1, 6, 7, 2]],
    ['XY', 'QYX', [1, 6, 7], [1, 6, 7, 1]],
    ['CXY', 'TCYX', [1, 2, 6, 7], [1, 6, 7, 2]],
    ['', 'CYX', [2, 6, 7], [1, 6, 7, 2]],
  ])('dimension_order %s of %s %j gives %j', (dimensionOrder, axes, shape, result) => {
    expect(toImage(counted(axes, shape), { dimensionOrder }).images.shape).toEqual(result);
  });

  test('XYB takes the last axis apart, image by image', () => {
    const { images } = toImage(counted('QYX', [2, 2, 3]), { dimensionOrder: 'XYB' });
    expect([...images.data]).toEqual([0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
  });

  test('CXYB puts channels last and the batch first', () => {
    const { images } = toImage(counted('QQYX', [2, 1, 2, 3]), { dimensionOrder: 'CXYB' });
    // stored (channel, row, column, batch) = 6c + 3column + batch
    expect([...images.data]).toEqual([0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11]);
  });

  test('channels are kept in the order asked for', () => {
    const raster = counted('CYX', [3, 1, 2]);
    expect([...toImage(raster, { channels: [2, 0] }).images.data]).toEqual([4, 0, 5, 1]);
    expect(toImage(raster, { channels: [] }).images.shape).toEqual([1, 1, 2, 3]);
  });

  test('a channel asked for tells that unnamed pages are channels', () => {
    const pages = counted('IYX', [6, 8, 9]);
    expect(toImage(pages).images.shape).toEqual([6, 8, 9, 1]);
    const { images, channelAxis } = toImage(pages, { channels: [0, 5] });
    expect(images.shape).toEqual([1, 8, 9, 2]);
    expect(channelAxis).toBe('axis 0: length 6, without a name, and channel 5 is asked for');
  });

  test('an order that is not known is a fault of the job, with those that are', () => {
    expect(() => toImage(counted('YX', [6, 7]), { dimensionOrder: 'YXZ' })).toThrow(
      expect.objectContaining({
        code: 'KC_JOB_INVALID',
        message: 'dimension_order is "YXZ"',
        facts: expect.objectContaining({ details: ['accepted: XY, BXY, CXY, XYB, XYC, BXYC, CXYB'] }),
      }),
    );
  });

  test('an order that contradicts the names in the file is refused, with one that fits', () => {
    expect(() => toImage(counted('CYX', [2, 60, 70]), { dimensionOrder: 'XYB' })).toThrow(
      expect.objectContaining({
        code: 'KC_IMAGE_SHAPE',
        message:
          'dimension_order XYB takes axes 0 and 1 for rows and columns, but the file has axes CYX of lengths (2, 60, 70)',
        facts: { hint: 'set dimension_order to BXY or CXY, or leave it empty, so that the file decides' },
      }),
    );
  });

  test('more axes than letters are refused', () => {
    expect(() => toImage(counted('TCYX', [3, 2, 6, 7]), { dimensionOrder: 'XY' })).toThrow(
      expect.objectContaining({
        code: 'KC_IMAGE_SHAPE',
        message: 'dimension_order XY does not fit an image with axes TCYX of lengths (3, 2, 6, 7)',
      }),
    );
  });

  test('a channel that is not there is refused, with what there is', () => {
    expect(() => toImage(counted('CYX', [2, 6, 7]), { channels: [0, 3] })).toThrow(
      expect.objectContaining({
        code: 'KC_IMAGE_SHAPE',
        message: expect.stringMatching(/^channel 3 is asked for, but the image has 2 \(channel axis C: named/u),
      }),
    );
  });
});

describe('numbers on their way to float32', () => {
  test('float16 patterns become the numbers they stand for', () => {
    const patterns = [0x0000, 0x8000, 0x3c00, 0xbc00, 0x7bff, 0x0001, 0x0400, 0x7c00, 0xfc00, 0x7e00];
    const raster: Raster = { dtype: 'float16', axes: 'YX', shape: [2, 5], data: Uint16Array.from(patterns) };
    const values = [...toImage(raster).images.data];
    expect(values).toEqual([0, -0, 1, -1, 65_504, 2 ** -24, 2 ** -14, Infinity, -Infinity, Number.NaN]);
  });

  test('64-bit integers and planar colours are converted element by element', () => {
    const data = BigInt64Array.from([-1n, 2n, 2n ** 40n, 4n]);
    const raster: Raster = { dtype: 'int64', axes: 'SYX', shape: [2, 1, 2], data };
    expect([...toImage(raster).images.data]).toEqual([-1, 2 ** 40, 2, 4]);
  });

  test('the raster is left as it was', () => {
    const raster = counted('CYX', [2, 3, 3]);
    const before = raster.data.slice();
    const { images } = toImage(raster);
    images.data.fill(9);
    expect(raster.data).toEqual(before);
  });
});

describe('a volume', () => {
  const raster = (axes: string, shape: number[]): Raster => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);
    return { dtype: 'float32', axes, shape, data };
  };

  test.each([
    ['ZYX', [5, 3, 4], [1, 5, 3, 4, 1]],
    ['TZCYX', [2, 5, 2, 3, 4], [2, 5, 3, 4, 2]],
    ['ZTYX', [5, 2, 3, 4], [2, 5, 3, 4, 1]],
    ['YX', [3, 4], [1, 1, 3, 4, 1]],
    ['QYX', [9, 3, 4], [1, 9, 3, 4, 1]],
  ])('of axes %s keeps its planes together', (axes, shape, expected) => {
    expect(toVolume(raster(axes, shape)).images.shape).toEqual(expected);
  });

  test('holds the planes of one time point one after the other, also where they lie apart in the file', () => {
    const { images } = toVolume(raster('ZTYX', [5, 2, 3, 4]));
    // Time 1, plane 2: the sixth image of the file.
    expect(images.data[(1 * 5 + 2) * 12]).toBe((2 * 2 + 1) * 12);
  });

  test('follows a dimension order: its batch are the planes', () => {
    expect(toVolume(raster('QYX', [3, 6, 7]), { dimensionOrder: 'BXY' }).images.shape).toEqual([1, 3, 6, 7, 1]);
  });
});
