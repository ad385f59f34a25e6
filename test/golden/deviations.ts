/** Where we knowingly differ from the reference implementation. */
export interface Deviation {
  /** Reference function, as the golden cases name it. */
  readonly function: string;
  /** The output that is not compared. Absent: the function reproduces the reference, the pipeline does not use it so. */
  readonly output?: string;
  readonly original: string;
  readonly ours: string;
}

/** Every deliberate deviation in the numbers. The golden runner prints those of the functions it ran. */
export const deviations: readonly Deviation[] = [
  {
    function: 'correct_drift',
    output: 'y_upstream_truncated',
    original: 'labels pass through a Fourier transform and are cut off, so many pixels come out one too low',
    ours: 'labels are rolled by whole pixels, as y_rounded shows',
  },
  {
    function: 'normalize_v061',
    original: 'a constant image becomes NaN (0/0)',
    ours: 'the pipeline writes zeros; `constantPlanes: "nan"` gives the original',
  },
  {
    function: 'normalize_per_row',
    original: 'the consumer of 2020 passes images without a batch axis, so that every row is normalised on its own',
    ours: 'the pipeline adds the batch axis: the whole image is one population',
  },
  {
    function: 'normalize',
    original: 'sums are float32',
    ours: 'sums are float64; the results agree within the tolerance of the cases',
  },
  {
    function: 'primitives_peak_local_max',
    original: 'equally bright peaks come in the order of an unstable sort',
    ours: 'they come in raster order',
  },
  {
    function: 'spots_min_max_normalize',
    original: 'a constant image becomes NaN (0/0)',
    ours: 'the pipeline writes zeros; `constantPlanes: "nan"` gives the original',
  },
  {
    function: 'untile_image',
    original: 'overlaps come out brighter, and nothing is blended if one axis has a single tile',
    ours: 'the pipeline tiles with a halo and keeps the middles, or blends with weights that add up to 1',
  },
  {
    function: 'retinanet_to_label_image',
    original: 'pixels of overlapping masks are divided by an iterative solver that stops at 1e-3',
    ours: 'solved to 1e-10; single pixels may differ',
  },
  {
    function: 'retinanet_semantic_to_label_image',
    original: 'an empty box is an error',
    ours: 'an empty box is left away, as without the semantic map',
  },
];
