import { describe, expect, test } from '@jest/globals';
import { nearestName } from '../../src/errors/nearest-name.js';

describe('the nearest name', () => {
  const types = ['image', 'segmentation', 'mesmer'];

  test.each([
    ['imge', 'image'],
    ['iamge', 'image'],
    ['IMAGE', 'image'],
    ['segmentatoin', 'segmentation'],
    ['segm', 'segmentation'],
  ])('for "%s" is "%s"', (given, meant) => {
    expect(nearestName(given, types)).toBe(meant);
  });

  test('is undefined where nothing is near', () => {
    expect(nearestName('tracking', types)).toBeUndefined();
    expect(nearestName('x', types)).toBeUndefined();
    expect(nearestName('image', [])).toBeUndefined();
  });

  test('is the earlier one of two that are equally near', () => {
    expect(nearestName('cat', ['bat', 'rat'])).toBe('bat');
  });
});
