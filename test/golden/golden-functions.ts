import {
  histogramNormalization,
  histogramNormalizationV061,
} from '../../src/processing/exposure/histogram-normalization.js';
import type { Numbers } from '../../src/processing/exposure/map-planes.js';
import { multiplexPreprocess } from '../../src/processing/exposure/multiplex-preprocess.js';
import { normalize, normalizeV061 } from '../../src/processing/exposure/normalize.js';
import { percentileThreshold } from '../../src/processing/exposure/percentile-threshold.js';
import { gaussian } from '../../src/processing/filters/gaussian.js';
import { label } from '../../src/processing/measure/label.js';
import { fillHoles } from '../../src/processing/morphology/fill-holes.js';
import { disk } from '../../src/processing/morphology/footprints.js';
import { hMaxima } from '../../src/processing/morphology/h-maxima.js';
import { peakLocalMax } from '../../src/processing/morphology/local-maxima.js';
import { removeSmallObjects } from '../../src/processing/morphology/remove-small-objects.js';
import { erodeEdges } from '../../src/processing/segmentation/erode-edges.js';
import { findBoundaries } from '../../src/processing/segmentation/find-boundaries.js';
import { relabelSequential } from '../../src/processing/segmentation/relabel.js';
import { watershed } from '../../src/processing/segmentation/watershed.js';
import type { GoldenFunctions } from './golden-function.js';
import { above, floatInput, labelInput, numberParameter, optionsOf, planeInput } from './golden-function.js';
import { composedFunctions } from './golden-functions-composed.js';

const exposureFunctions: GoldenFunctions = {
  normalize: (golden) => ({ image: normalize(golden.input('image') as Numbers, optionsOf(golden)) }),
  normalize_v061: (golden) => ({ image: normalizeV061(floatInput(golden, 'image'), { constantPlanes: 'nan' }) }),
  normalize_per_row: (golden) => {
    const { shape, data } = floatInput(golden, 'image');
    return { image: normalizeV061({ shape: shape.slice(1), data }, { constantPlanes: 'nan' }) };
  },
  histogram_normalization: (golden) => ({
    image: histogramNormalization(floatInput(golden, 'image'), optionsOf(golden)),
  }),
  histogram_normalization_v061: (golden) => ({
    image: histogramNormalizationV061(floatInput(golden, 'image'), optionsOf(golden)),
  }),
  percentile_threshold: (golden) => ({ image: percentileThreshold(floatInput(golden, 'image'), optionsOf(golden)) }),
  mesmer_preprocess: (golden) => ({ image: multiplexPreprocess(floatInput(golden, 'image'), optionsOf(golden)) }),
};

const labelFunctions: GoldenFunctions = {
  erode_edges: (golden) => ({
    labels: erodeEdges(labelInput(golden, 'labels'), numberParameter(golden, 'erosion_width')),
  }),
  fill_holes: (golden) => {
    const size = golden.params['size'] === undefined ? undefined : numberParameter(golden, 'size');
    return { labels: fillHoles(labelInput(golden, 'labels'), size) };
  },
  primitives_find_boundaries: (golden) => ({ mask: findBoundaries(labelInput(golden, 'labels')) }),
  primitives_remove_small_relabel: (golden) => {
    const kept = removeSmallObjects(labelInput(golden, 'labels'), numberParameter(golden, 'min_size'));
    return { labels: relabelSequential(kept) };
  },
};

const primitiveFunctions: GoldenFunctions = {
  primitives_gaussian: (golden) => ({
    image: gaussian(planeInput(golden, 'outer'), numberParameter(golden, 'sigma')),
  }),
  primitives_h_maxima: (golden) => ({
    mask: hMaxima(planeInput(golden, 'inner'), numberParameter(golden, 'h'), disk(numberParameter(golden, 'radius'))),
  }),
  primitives_label: (golden) => {
    const mask = above(planeInput(golden, 'inner'), numberParameter(golden, 'above'));
    return { conn8: label(mask).labels, conn4_ndimage: label(mask, { connectivity: 1 }).labels };
  },
  primitives_peak_local_max: (golden) => ({
    coords: peakLocalMax(planeInput(golden, 'inner'), optionsOf(golden)),
  }),
  primitives_watershed: (golden) => {
    const outer = planeInput(golden, 'outer');
    const seeds = above(planeInput(golden, 'inner'), numberParameter(golden, 'seed_above'));
    const markers = label(seeds).labels;
    const relief = { shape: outer.shape, data: outer.data.map((value) => -value) };
    const mask = above(outer, numberParameter(golden, 'mask_above'));
    return { markers, labels: watershed(relief, markers, { mask }) };
  },
};

/** Reference functions by the names the golden cases give them, and what we compute in their place. */
export const goldenFunctions: GoldenFunctions = {
  ...exposureFunctions,
  ...labelFunctions,
  ...primitiveFunctions,
  ...composedFunctions,
};
