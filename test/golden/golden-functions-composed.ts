import type { FloatArray, NdArray, TypedArray } from '../../src/processing/array/nd-array.js';
import { retinanetSemanticToLabelImage } from '../../src/processing/detection/retinanet-semantic.js';
import { retinanetToLabelImage } from '../../src/processing/detection/retinanet.js';
import { correctDrift } from '../../src/processing/registration/correct-drift.js';
import { deepWatershedSubcellular } from '../../src/processing/segmentation/deep-watershed-subcellular.js';
import { deepWatershedV061 } from '../../src/processing/segmentation/deep-watershed-v061.js';
import { deepWatershed } from '../../src/processing/segmentation/deep-watershed.js';
import type { MultiplexMaps } from '../../src/processing/segmentation/format-multiplex.js';
import {
  formatOutputMultiplex,
  formatOutputMultiplexV061,
} from '../../src/processing/segmentation/format-multiplex.js';
import { mesmerPostprocess } from '../../src/processing/segmentation/mesmer.js';
import { mibi } from '../../src/processing/segmentation/mibi.js';
import { multiplexPostprocess } from '../../src/processing/segmentation/multiplex.js';
import { pixelwise } from '../../src/processing/segmentation/pixelwise.js';
import { watershedTransform } from '../../src/processing/segmentation/watershed-transform.js';
import { blurredLaplacian } from '../../src/processing/spots/blurred-laplacian.js';
import { minMaxNormalize } from '../../src/processing/spots/min-max-normalize.js';
import { pointListComponents } from '../../src/processing/spots/point-list-components.js';
import { pointListMax } from '../../src/processing/spots/point-list-max.js';
import type { PointList, SpotMaps } from '../../src/processing/spots/point-list.js';
import { pointList } from '../../src/processing/spots/point-list.js';
import type { Padding } from '../../src/processing/transform/pad-reflect.js';
import { padReflect } from '../../src/processing/transform/pad-reflect.js';
import { rescale } from '../../src/processing/transform/rescale.js';
import { resize } from '../../src/processing/transform/resize.js';
import { splineWindow } from '../../src/processing/transform/spline-window.js';
import { tileImage } from '../../src/processing/transform/tile.js';
import { untileImage } from '../../src/processing/transform/untile.js';
import type { GoldenCase } from './golden-case.js';
import type { GoldenFunctions } from './golden-function.js';
import { floatInput, labelInput, numberParameter, optionsOf } from './golden-function.js';
import { requireSameTiling } from './require-same-tiling.js';

const transformFunctions: GoldenFunctions = {
  pad_reflect: (golden) => ({ image: padReflect(floatInput(golden, 'image'), golden.params['pad'] as Padding[]) }),
  tile_image: (golden) => {
    const { tiles, info } = tileTheInput(golden);
    requireSameTiling(golden, info);
    return { tiles };
  },
  untile_image: (golden) => {
    const { shape, data } = golden.takenOutput('tiles_in');
    const tiles = { shape, data: data as Float32Array };
    return { image: untileImage(tiles, tileTheInput(golden).info, optionsOf(golden)) };
  },
  spline_window: (golden) => {
    const size = numberParameter(golden, 'window_size');
    const [left, right] = [numberParameter(golden, 'left'), numberParameter(golden, 'right')];
    const data = splineWindow(size, left, right, golden.params['power'] as number | undefined);
    return { window: { shape: [size], data } };
  },
  rescale: (golden) => ({
    image: withoutBatch(rescale(floatInput(golden, 'image'), numberParameter(golden, 'scale'))),
  }),
  resize: (golden) => {
    const input = golden.input('image') as NdArray<Float32Array | Uint16Array>;
    const image = golden.params['drop_batch'] ? withoutBatch(input) : input;
    return { image: resize(image, golden.params['shape'] as [number, number], optionsOf(golden)) };
  },
};

const segmentationFunctions: GoldenFunctions = {
  pixelwise: (golden) => ({ labels: pixelwise(floatInput(golden, 'pixelwise'), optionsOf(golden)) }),
  watershed: (golden) => ({ labels: watershedTransform(floatInput(golden, 'image'), optionsOf(golden)) }),
  deep_watershed: (golden) => ({ labels: deepWatershed(distances(golden), optionsOf(golden)) }),
  deep_watershed_3d: (golden) => ({ labels: deepWatershed(distances(golden), optionsOf(golden)) }),
  deep_watershed_v061: (golden) => ({ labels: deepWatershedV061(distances(golden), optionsOf(golden)) }),
  format_output_multiplex_v061: (golden) => namedMaps(formatOutputMultiplexV061(eightHeads(golden))),
  format_output_multiplex_v086: (golden) => namedMaps(formatOutputMultiplex(fourHeads(golden))),
  deep_watershed_subcellular_v061: (golden) => ({
    labels: deepWatershedSubcellular(formatOutputMultiplexV061(eightHeads(golden)), optionsOf(golden)),
  }),
  multiplex_postprocess_v086: (golden) => ({
    labels: multiplexPostprocess(formatOutputMultiplex(fourHeads(golden)), optionsOf(golden)),
  }),
  mesmer_postprocess: (golden) => ({
    labels: mesmerPostprocess(formatOutputMultiplex(fourHeads(golden)), optionsOf(golden)),
  }),
  mibi: (golden) => ({ labels: mibi(withoutBatch(floatInput(golden, 'pixelwise')), optionsOf(golden)) }),
  retinanet_to_label_image: (golden) => ({ labels: retinanetToLabelImage(detections(golden), optionsOf(golden)) }),
  retinanet_semantic_to_label_image: (golden) => ({
    labels: retinanetSemanticToLabelImage([...detections(golden), floatInput(golden, 'semantic')], optionsOf(golden)),
  }),
};

const seriesFunctions: GoldenFunctions = {
  correct_drift: (golden) => {
    const { frames, labels } = correctDrift(
      floatInput(golden, 'X'),
      golden.params['no_y'] ? undefined : labelInput(golden, 'y'),
    );
    return { X: frames, ...(labels && { y_rounded: labels }) };
  },
  spots_min_max_normalize: (golden) => ({
    image: minMaxNormalize(floatInput(golden, 'image'), { ...optionsOf(golden), constantPlanes: 'nan' }),
  }),
  spots_blurred_log: (golden) => ({ image: blurredLaplacian(floatInput(golden, 'image')) }),
  spots_point_list: (golden) => numbered(pointList(spotMaps(golden), optionsOf(golden))),
  spots_point_list_restrictive: (golden) =>
    numbered(pointList(spotMaps(golden), { ...optionsOf(golden), restrictive: true })),
  spots_point_list_max: (golden) => numbered(pointListMax(spotMaps(golden), optionsOf(golden))),
  spots_point_list_cc: (golden) => numbered(pointListComponents(spotMaps(golden), optionsOf(golden))),
};

/** Functions built of several steps: tiling, resizing, post-processing, detection, drift, spots. */
export const composedFunctions: GoldenFunctions = {
  ...transformFunctions,
  ...segmentationFunctions,
  ...seriesFunctions,
};

function tileTheInput(golden: GoldenCase) {
  const modelInputShape = golden.params['tile'] as [number, number];
  return tileImage(floatInput(golden, 'image'), { ...optionsOf(golden), modelInputShape });
}

function withoutBatch<T extends TypedArray>({ shape, data }: NdArray<T>): NdArray<T> {
  return { shape: shape.slice(1), data };
}

function inputs(golden: GoldenCase, ...names: readonly string[]): FloatArray[] {
  return names.map((name) => floatInput(golden, name));
}

function distances(golden: GoldenCase): FloatArray[] {
  return inputs(golden, 'inner', 'outer');
}

function eightHeads(golden: GoldenCase): FloatArray[] {
  const kinds = ['inner', 'outer', 'fgbg', 'pixelwise'];
  return inputs(golden, ...['cell', 'nuc'].flatMap((compartment) => kinds.map((kind) => `${compartment}_${kind}`)));
}

function fourHeads(golden: GoldenCase): FloatArray[] {
  return inputs(golden, 'cell_inner', 'cell_pixelwise', 'nuc_inner', 'nuc_pixelwise');
}

/** The labels of the detections are whole numbers, which no function looks at. */
function detections(golden: GoldenCase): FloatArray[] {
  const [boxes, scores, masks] = inputs(golden, 'boxes', 'scores', 'masks') as [FloatArray, FloatArray, FloatArray];
  return [boxes, scores, scores, masks];
}

function spotMaps(golden: GoldenCase): SpotMaps {
  return { classification: floatInput(golden, 'classification'), offsets: floatInput(golden, 'offset_regression') };
}

function numbered(lists: readonly PointList[]): Record<string, NdArray> {
  return Object.fromEntries(lists.map((points, i) => [`points_${i}`, points]));
}

function namedMaps(maps: MultiplexMaps): Record<string, NdArray> {
  const named: Record<string, NdArray> = {};
  for (const [compartment, { innerDistance, outerDistance, fgbgFg, pixelwiseInterior }] of Object.entries(maps)) {
    named[`${compartment}__inner-distance`] = innerDistance;
    named[`${compartment}__pixelwise-interior`] = pixelwiseInterior;
    if (outerDistance) named[`${compartment}__outer-distance`] = outerDistance;
    if (fgbgFg) named[`${compartment}__fgbg-fg`] = fgbgFg;
  }
  return named;
}
