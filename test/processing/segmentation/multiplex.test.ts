import { describe, expect, test } from '@jest/globals';
import { deepWatershedSubcellular } from '../../../src/processing/segmentation/deep-watershed-subcellular.js';
import {
  formatOutputMultiplex,
  formatOutputMultiplexV061,
} from '../../../src/processing/segmentation/format-multiplex.js';
import { mesmerPostprocess } from '../../../src/processing/segmentation/mesmer.js';
import { multiplexPostprocess } from '../../../src/processing/segmentation/multiplex.js';
import { areas, channels, cones, discs } from './draw.js';

const wide = [
  [20, 15, 11],
  [20, 45, 11],
] as const;
const narrow = [[20, 15, 7]] as const;
const blank = discs(40, 60, []);

/** Inner distance and pixelwise classes of cells or nuclei. */
const heads = (cells: typeof wide | typeof narrow) => [
  cones(40, 60, cells),
  channels(blank, discs(40, 60, cells), blank),
];
const four = [...heads(wide), ...heads(narrow)];
const eight = [wide, narrow].flatMap((cells) => {
  const [inner, pixelwise] = heads(cells) as [typeof blank, typeof blank];
  return [inner, inner, channels(discs(40, 60, cells), blank), pixelwise];
});

const ways = [
  ['deepWatershedSubcellular', (o: object) => deepWatershedSubcellular(formatOutputMultiplexV061(eight), o)],
  ['multiplexPostprocess', (o: object) => multiplexPostprocess(formatOutputMultiplex(four), o)],
  ['mesmerPostprocess', (o: object) => mesmerPostprocess(formatOutputMultiplex(four), o)],
] as const;

describe.each(ways)('%s', (name, run) => {
  test('labels cells unless told otherwise', () => {
    expect(areas(run({}))).toHaveLength(2);
    expect(run({}).shape).toEqual([1, 40, 60, 1]);
    expect(areas(run({ compartment: 'nuclear' }))).toHaveLength(1);
  });

  test('both are two channels with numbers of their own', () => {
    const both = run({ compartment: 'both' });
    expect(both.shape).toEqual([1, 40, 60, 2]);
    const channel = (c: number) => both.data.filter((_, i) => i % 2 === c);
    expect(channel(0)).toEqual(run({}).data);
    expect(channel(1)).toEqual(run({ compartment: 'nuclear' }).data);
  });

  test('parameters reach the compartment that they are for', () => {
    const huge = { smallObjectsThreshold: 10_000 };
    expect(areas(run({ wholeCellKwargs: huge }))).toEqual([]);
    expect(areas(run({ compartment: 'nuclear', wholeCellKwargs: huge }))).toHaveLength(1);
    expect(areas(run({ compartment: 'nuclear', nuclearKwargs: huge }))).toEqual([]);
  });

  test('another compartment is refused', () => {
    expect(() => run({ compartment: 'cytoplasm' })).toThrow(
      `${name}: compartment cytoplasm; whole-cell, nuclear and both are accepted`,
    );
  });
});

describe('formatting the outputs of multiplex models', () => {
  test('the interior is channel 1 of the pixelwise head, the foreground channel 0 of its own', () => {
    const maps = formatOutputMultiplexV061(eight);
    expect(maps['whole-cell'].pixelwiseInterior).toEqual(discs(40, 60, wide));
    expect(maps.nuclear.fgbgFg).toEqual(discs(40, 60, narrow));
    expect(formatOutputMultiplex(four).nuclear.pixelwiseInterior).toEqual(discs(40, 60, narrow));
  });

  test('another number of heads is refused', () => {
    expect(() => formatOutputMultiplexV061(four)).toThrow('formatOutputMultiplexV061: 4 outputs; 8 are accepted');
    expect(() => formatOutputMultiplex(eight)).toThrow('formatOutputMultiplex: 8 outputs; 4 are accepted');
  });
});
