/**
 * What plugins and configuration files may import from `kiosk-consumer`. Everything else is the runtime's own and may
 * change with any version.
 */
export { defineConfig } from './config/define-config.js';
export type { KioskConfig } from './config/kiosk-config.js';

export { definePlugin, PLUGIN_API_VERSION, type ConsumerClass, type Plugin } from './plugin/contract.js';

export { Consumer, type Uploaded } from './consumer/consumer.js';
export { WaitForChildren, type ChildResult } from './consumer/children.js';
export { digestOf } from './consumer/digest.js';
export { inParallel } from './consumer/in-parallel.js';
export { TensorFlowServingConsumer, parseModelId } from './consumer/tensorflow-serving-consumer.js';
export { ImageModelConsumer, type DetectionView, type ResultFile } from './consumer/image-model-consumer.js';
export {
  SEGMENTING_OPTIONS,
  SegmentingConsumer,
  type GenerationTraits,
  type Pass,
  type PlannedPass,
  type TypeParameters,
} from './consumer/segmenting-consumer.js';
export type { Prepared, PrepareRequest } from './consumer/kernels/prepare-image.js';
export type { SavedFile } from './consumer/kernels/save-planes.js';
export {
  channelPositions,
  chooseFunctions,
  chooseModel,
  jsonField,
  positiveField,
} from './consumer/jobs/job-settings.js';
export { field, type Job } from './consumer/job.js';
export type {
  ConsumerContext,
  ConsumerSettings,
  FunctionModule,
  Logger,
  ModelSettings,
  PluginFunctions,
  Ports,
} from './consumer/context.js';
export { checkParameters, type Parameter, type ParameterValues } from './processing/functions.js';
export type { OptionsOf, OptionSpec, OptionSpecs, OptionValues } from './consumer/options.js';
export {
  postprocess,
  preprocess,
  resolveSteps,
  type ProcessingStep,
  type StepChoice,
} from './consumer/processing-steps.js';

export { KioskError, type ErrorFacts, type Retry } from './errors/kiosk-error.js';
export type { ErrorCode } from './errors/codes.js';

export type { Broker, ChildCounts, ChildJob, Claim, JobFields } from './broker/contract.js';
export type { BrokerFactory, BrokerOptions } from './broker/open.js';
export type { ObjectStore, StorageOptions } from './storage/contract.js';
export type { StorageFactory } from './storage/open.js';
export type {
  FunctionCall,
  ModelCard,
  ModelDescription,
  ModelId,
  PredictClient,
  PredictOptions,
  Tensor,
  TensorDType,
  TensorInfo,
} from './models/contract.js';
export type { ModelsFactory } from './models/open.js';
export { fromFloat32, toFloat32 } from './models/tensor.js';
export { batchSize } from './models/batching.js';
export { encodeCells, type EncoderOptions } from './models/tracking/encode-cells.js';
export { pairScorer, type PairScorer, type PairScorerOptions } from './models/tracking/score-pairs.js';
export { trackWithModel, type ModelTrackOptions } from './models/tracking/track-with-model.js';

export type { Compute, ComputeOptions, Kernel } from './compute/contract.js';

export type { ImageHeader, ImageLimits, Raster } from './images/raster.js';
export { readImage } from './images/read.js';
export { toImage } from './images/select.js';
export { OUTPUTS, OUTPUTS_SUFFIX, parseOutputs, type OutputName } from './images/outputs/output-names.js';
export { packOutputs, type PackRequest } from './images/outputs/pack-outputs.js';
export { writeTiff } from './images/tiff/write.js';
export { readNpy } from './images/npy/read-npy.js';
export { writeNpy } from './images/npy/write-npy.js';
export { drawPicture } from './images/picture.js';
export type { ZipEntry } from './images/archive/zip-write.js';
export { safeEntryName } from './images/archive/entry-name.js';
export { openArchive, type ArchiveLimits, type OpenArchive } from './images/archive/zip-extract.js';
export { readLabelPlanes, type LabelPlane } from './images/archive/label-planes.js';
export { assignSpots } from './processing/spots/assign-spots.js';
export { ArchiveJoiner } from './images/archive/zip-join.js';
export { readTrk } from './images/tracks/read-trk.js';
export { writeTrk } from './images/tracks/write-trk.js';
export type { TrkFile } from './images/tracks/trk-file.js';
export { encodeLineage, parseLineages } from './images/tracks/lineage-json.js';
export { parseCtc, toCtc } from './images/tracks/ctc-text.js';

export {
  ndArray,
  sameShape,
  sizeOf,
  type DType,
  type FloatArray,
  type LabelArray,
  type NdArray,
  type TypedArray,
} from './processing/array/nd-array.js';
export { rescale } from './processing/transform/rescale.js';
export { resize, resizeLabels } from './processing/transform/resize.js';
export { tileImage } from './processing/transform/tile.js';
export { regionProps, type RegionProps } from './processing/measure/region-props.js';
export { matchLabels } from './processing/measure/match-labels.js';
export { cellFeatures, type CellFeatures, type FeatureSizes } from './processing/tracking/features/cell-features.js';
export { correctDrift } from './processing/registration/correct-drift.js';
export { trackCells } from './processing/tracking/track-cells.js';
export type { TrackOptions } from './processing/tracking/track-options.js';
export type { Track, Tracking } from './processing/tracking/lineage.js';
export { scoreLinks } from './processing/tracking/score/score-links.js';
export { trackingMeasure } from './processing/tracking/score/tracking-measure.js';

// Kernels for pre- and post-processing of one's own, each with its source in its docstring; call them in a thread.
export { gaussian } from './processing/filters/gaussian.js';
export { normalize } from './processing/exposure/normalize.js';
export { quantileNormalize } from './processing/exposure/quantile-normalize.js';
export { histogramNormalization } from './processing/exposure/histogram-normalization.js';
export { percentileThreshold } from './processing/exposure/percentile-threshold.js';
export { label } from './processing/measure/label.js';
export { disk, ball } from './processing/morphology/footprints.js';
export { fillHoles } from './processing/morphology/fill-holes.js';
export { hMaxima } from './processing/morphology/h-maxima.js';
export { peakLocalMax } from './processing/morphology/local-maxima.js';
export { reconstruction } from './processing/morphology/reconstruction.js';
export { removeSmallObjects, removeSmallRegions } from './processing/morphology/remove-small-objects.js';
export { deepWatershed } from './processing/segmentation/deep-watershed.js';
export { erodeEdges } from './processing/segmentation/erode-edges.js';
export { findBoundaries } from './processing/segmentation/find-boundaries.js';
export { relabelSequential } from './processing/segmentation/relabel.js';
export { pointList, type PointList, type PointListOptions, type SpotMaps } from './processing/spots/point-list.js';
export { pointListComponents } from './processing/spots/point-list-components.js';
export { pointListMax } from './processing/spots/point-list-max.js';
export { watershed } from './processing/segmentation/watershed.js';
