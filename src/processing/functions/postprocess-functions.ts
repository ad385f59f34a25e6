import type { FloatArray, NdArray } from '../array/nd-array.js';
import { sizeOf } from '../array/nd-array.js';
import { retinanetSemanticToLabelImage } from '../detection/retinanet-semantic.js';
import { retinanetToLabelImage } from '../detection/retinanet.js';
import { mibi } from '../segmentation/mibi.js';
import { pixelwise } from '../segmentation/pixelwise.js';
import { watershedTransform } from '../segmentation/watershed-transform.js';
import { MIN_DISTANCE, number, pixels } from './common-parameters.js';
import { DEEP_WATERSHED } from './deep-watershed-functions.js';
import { MULTIPLEX_FUNCTIONS } from './multiplex-functions.js';
import type { PostprocessRun, ProcessingFunction } from './processing-function.js';
import { toOptions } from './to-options.js';

const DETECTION_PARAMETERS = [
  number('score_threshold', 0.5, 'detections with a higher score count'),
  number('multi_iou_threshold', 0.25, 'masks that overlap two others by a greater IoU are dropped'),
  number('binarize_threshold', 0.5, 'a mask covers the pixels above this'),
];

/** What may be done with the outputs of a model. */
export const POSTPROCESS_FUNCTIONS: readonly ProcessingFunction<PostprocessRun>[] = [
  DEEP_WATERSHED,
  {
    name: 'pixelwise',
    aliases: ['deepcell'],
    summary: 'Connected parts of the interior class are cells.',
    variants: [
      {
        parameters: [
          number('threshold', 0.8, 'pixels above this probability are interior'),
          pixels('min_size', 50, 'objects of fewer pixels are removed'),
          { name: 'interior_axis', type: 'integer', default: -2, summary: 'channel of the interior; −1 is the last' },
        ],
        run: (outputs, parameters) => [pixelwise(single('pixelwise', outputs), toOptions(parameters))],
      },
    ],
  },
  {
    name: 'watershed',
    aliases: [],
    summary: 'Watershed of the most likely distance class.',
    variants: [
      {
        parameters: [
          MIN_DISTANCE,
          pixels('min_size', 50, 'objects of fewer pixels are removed'),
          number('threshold_abs', 0.05, 'seeds are peaks of the last channel above this'),
        ],
        run: (outputs, parameters) => [watershedTransform(single('watershed', outputs), toOptions(parameters))],
      },
    ],
  },
  ...MULTIPLEX_FUNCTIONS,
  {
    name: 'mibi',
    aliases: [],
    summary: 'Cells grown from interior that is not edge.',
    variants: [
      {
        parameters: [
          number('edge_threshold', 0.25, 'pixels at or above this are edge'),
          number('interior_threshold', 0.25, 'pixels at or above this are interior'),
        ],
        run: (outputs, parameters) => [mibiBatch(single('mibi', outputs), toOptions(parameters))],
      },
    ],
  },
  {
    name: 'retinanet',
    aliases: [],
    summary: 'Masks of detected objects.',
    takesDetections: true,
    variants: [
      {
        parameters: [
          {
            name: 'image_shape',
            type: 'shape',
            default: [256, 256],
            unit: 'px',
            summary: 'rows and columns of the result',
          },
          ...DETECTION_PARAMETERS,
          pixels('small_objects_threshold', 0, 'objects of fewer pixels are removed'),
        ],
        run: (outputs, parameters) => [
          withChannel(retinanetToLabelImage(outputs.slice(0, masksIndex(outputs) + 1), toOptions(parameters))),
        ],
      },
    ],
  },
  {
    name: 'retinanet_semantic',
    aliases: [],
    summary: 'Masks of detected objects, and what a semantic map shows besides.',
    takesDetections: true,
    variants: [
      {
        parameters: [
          ...DETECTION_PARAMETERS,
          number('watershed_threshold', 0.5, 'objects without a box are seeded where the last class is above this'),
          number('perimeter_area_threshold', 2, 'how much more ragged than a circle they may be', { minimum: 0 }),
          pixels('small_objects_threshold', 100, 'objects of fewer pixels are removed'),
        ],
        // Panoptic models have a second semantic map behind the first, which is not used.
        run: (outputs, parameters) => [
          withChannel(retinanetSemanticToLabelImage(outputs.slice(0, masksIndex(outputs) + 2), toOptions(parameters))),
        ],
      },
    ],
  },
  {
    name: 'none',
    aliases: [],
    summary: 'The outputs as they are.',
    variants: [{ parameters: [], run: (outputs) => [...outputs] }],
  },
];

function single(name: string, outputs: readonly FloatArray[]): FloatArray {
  if (outputs.length !== 1) throw new RangeError(`${name}: ${outputs.length} outputs; exactly one is accepted`);
  return outputs[0]!;
}

/** Masks are the last output of rank 5. */
function masksIndex(outputs: readonly FloatArray[]): number {
  return outputs.findLastIndex(({ shape }) => shape.length === 5);
}

function withChannel(labels: NdArray): NdArray {
  return { shape: [...labels.shape, 1], data: labels.data };
}

function mibiBatch(prediction: FloatArray, options: Parameters<typeof mibi>[1]): NdArray<Uint16Array> {
  const [batches, ...shape] = prediction.shape;
  if (batches === undefined || shape.length !== 3) {
    throw new RangeError(`mibi: shape (${prediction.shape.join(', ')}); (batch, rows, columns, channels) is accepted`);
  }
  const [rows, columns] = shape as [number, number, number];
  const data = new Uint16Array(batches * rows * columns);
  for (let item = 0; item < batches; item++) {
    const plane = prediction.data.subarray(item * sizeOf(shape), (item + 1) * sizeOf(shape));
    data.set(mibi({ shape, data: plane }, options).data, item * rows * columns);
  }
  return { shape: [batches, rows, columns, 1], data };
}
