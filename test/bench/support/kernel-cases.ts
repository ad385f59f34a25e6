import { dirname, join } from 'node:path';
import type { FloatArray, NdArray } from '../../../src/processing/array/nd-array.js';
import { writeNpy } from '../../support/npy.js';
import { built } from '../../support/built.js';
import type { KernelCase } from './kernel-case.js';
import { batchOf, MIN_DISTANCE, PEAK_THRESHOLD, SIDE, type KernelInputs } from './kernel-inputs.js';
import { tilingCases } from './tiling-cases.js';

type Normalize = typeof import('../../../src/processing/exposure/normalize.js');
type Histogram = typeof import('../../../src/processing/exposure/histogram-normalization.js');
type Gaussian = typeof import('../../../src/processing/filters/gaussian.js');
type Label = typeof import('../../../src/processing/measure/label.js');
type RegionProps = typeof import('../../../src/processing/measure/region-props.js');
type PeakSeeds = typeof import('../../../src/processing/segmentation/peak-seeds.js');
type HMaxima = typeof import('../../../src/processing/morphology/h-maxima.js');
type Footprints = typeof import('../../../src/processing/morphology/footprints.js');
type Watershed = typeof import('../../../src/processing/segmentation/watershed.js');
type DeepWatershedV061 = typeof import('../../../src/processing/segmentation/deep-watershed-v061.js');
type DeepWatershed = typeof import('../../../src/processing/segmentation/deep-watershed.js');
type Overlay = typeof import('../../../src/images/overlay.js');

const SKIMAGE = 'scikit-image';
const SCIPY = 'scipy';
const H_MAXIMA_HEIGHT = 0.1;
const SEEDS = { distance: MIN_DISTANCE, threshold: PEAK_THRESHOLD };
/** Sums in another order differ in the last digits of float32. */
const ROUNDING = 1e-5;

/** Kernels whose work does not depend on what the image shows. */
export function imageCases(inputs: KernelInputs): KernelCase[] {
  return [...filterCases(inputs), ...tilingCases(inputs)];
}

/** Kernels that have the more to do the more cells there are. */
export function objectCases(inputs: KernelInputs): KernelCase[] {
  return [...seedCases(inputs), ...cellCases(inputs)];
}

function filterCases({ image, inner, outer, files }: KernelInputs): KernelCase[] {
  const { normalize } = built('src/processing/exposure/normalize.js') as Normalize;
  const { histogramNormalization } = built('src/processing/exposure/histogram-normalization.js') as Histogram;
  const { gaussian } = built('src/processing/filters/gaussian.js') as Gaussian;
  const smooth = (sigma: number, map: FloatArray, file: string): KernelCase => ({
    name: `gaussian, sigma ${sigma}`,
    run: () => gaussian(map, sigma),
    peer: { name: SCIPY, call: 'gaussian', args: { image: file, sigma } },
    tolerance: ROUNDING,
  });
  return [
    {
      name: 'normalize',
      run: () => normalize(image),
      // numpy sums in float32, which is what the tolerance is for.
      peer: { name: 'numpy', call: 'normalize', args: { image: files.image } },
      tolerance: 1e-3,
    },
    {
      name: 'histogram_normalization',
      run: () => histogramNormalization(image),
      shown: planeOf,
      peer: { name: SKIMAGE, call: 'equalize', args: { image: files.plane } },
      tolerance: ROUNDING,
    },
    smooth(1, outer, files.outer),
    smooth(2, inner, files.inner),
  ];
}

function seedCases({ inner, mask, files }: KernelInputs): KernelCase[] {
  const { label } = built('src/processing/measure/label.js') as Label;
  const { peakSeeds } = built('src/processing/segmentation/peak-seeds.js') as PeakSeeds;
  const { hMaxima } = built('src/processing/morphology/h-maxima.js') as HMaxima;
  const { disk } = built('src/processing/morphology/footprints.js') as Footprints;
  const peakOptions = { minDistance: MIN_DISTANCE, thresholdAbs: PEAK_THRESHOLD, excludeBorder: false };
  const maxima = (radius: number): KernelCase => ({
    name: `h_maxima, radius ${radius}`,
    run: () => hMaxima(inner, H_MAXIMA_HEIGHT, disk(radius)),
    peer: { name: SKIMAGE, call: 'hMaxima', args: { inner: files.inner, radius, height: H_MAXIMA_HEIGHT } },
    tolerance: 0,
  });
  return [
    {
      name: 'label',
      run: () => label(mask).labels,
      peer: { name: SKIMAGE, call: 'label', args: { mask: files.mask } },
      tolerance: 0,
    },
    {
      name: 'peak_local_max',
      run: () => peakSeeds(inner, peakOptions),
      peer: { name: SKIMAGE, call: 'peaks', args: { inner: files.inner, ...SEEDS } },
      tolerance: 0,
    },
    maxima(2),
    maxima(10),
  ];
}

function cellCases({ image, inner, outer, mask, markers, cells, files, name }: KernelInputs): KernelCase[] {
  const { watershed } = built('src/processing/segmentation/watershed.js') as Watershed;
  const { deepWatershedV061 } = built('src/processing/segmentation/deep-watershed-v061.js') as DeepWatershedV061;
  const { deepWatershed } = built('src/processing/segmentation/deep-watershed.js') as DeepWatershed;
  const { regionProps } = built('src/processing/measure/region-props.js') as RegionProps;
  const { drawOverlay } = built('src/images/overlay.js') as Overlay;
  const relief = { shape: outer.shape, data: outer.data.map((value) => -value) };
  const maps = { inner: files.inner, outer: files.outer, mask: files.mask };
  const heads = [batchOf(inner), batchOf(outer)];
  const channels = { shape: [SIDE, SIDE, 1], data: image.data };
  const { hMaxima } = built('src/processing/morphology/h-maxima.js') as HMaxima;
  const { disk } = built('src/processing/morphology/footprints.js') as Footprints;
  const seeds = join(dirname(files.inner), `${name}-seeds.npy`);
  writeNpy(seeds, hMaxima(inner, H_MAXIMA_HEIGHT, disk(MIN_DISTANCE)));
  return [
    {
      name: 'watershed',
      run: () => watershed(relief, markers, { mask }),
      peer: { name: SKIMAGE, call: 'watershed', args: { ...maps, ...SEEDS } },
      tolerance: 0,
    },
    {
      name: 'deep_watershed@0.6.1',
      run: () => deepWatershedV061(heads),
      shown: planeOf,
      peer: { name: SKIMAGE, call: 'deepWatershed061', args: { ...maps, ...SEEDS } },
      tolerance: 0,
    },
    {
      name: 'deep_watershed@0.12.1',
      run: () => deepWatershed(heads),
      shown: planeOf,
      peer: { name: SKIMAGE, call: 'deepWatershed', args: { seeds, outer: files.outer, threshold: 0.01 } },
      untimed: true,
      tolerance: 0,
    },
    {
      name: 'region properties',
      run: () => tableOf(regionProps(cells, channels)),
      peer: { name: SKIMAGE, call: 'regionProps', args: { labels: files.cells, image: files.plane } },
      // scikit-image adds intensities of up to 65535 in float32.
      tolerance: 0.1,
    },
    {
      name: 'overlay',
      run: () => ({ shape: [SIDE, SIDE, 3], data: drawOverlay(channels, cells) }),
      tolerance: 0,
    },
  ];
}

/** (rows, columns) of a batch of one with one channel or none; no copy. */
function planeOf({ data }: NdArray): NdArray {
  return { shape: [SIDE, SIDE], data };
}

type Region = ReturnType<RegionProps['regionProps']>[number];

/** One row for each cell, in the peer's order of columns. */
function tableOf(regions: readonly Region[]): NdArray {
  const rows = regions.map(({ label, area, centroid, bbox, meanIntensity, eccentricity }) => [
    label,
    area,
    ...centroid,
    ...bbox,
    ...meanIntensity,
    eccentricity,
  ]);
  return { shape: [rows.length, rows[0]?.length ?? 0], data: Float64Array.from(rows.flat()) };
}
