import type { PluginNames } from './package-name.js';

/** The code of a new plugin: a consumer that finds bright objects, to be replaced by something better. */
export function sourceFiles(names: PluginNames): Record<string, string> {
  return {
    'src/index.ts': index(names),
    'src/consumer.ts': consumer(names),
    'src/kernels/segment.ts': KERNEL,
    [`test/${names.type}.test.ts`]: tests(names),
  };
}

function index({ packageName, type, className }: PluginNames): string {
  return `import { definePlugin } from 'kiosk-consumer';
import { ${className} } from './consumer.js';

export default definePlugin({
  name: '${packageName}',
  apiVersion: 1,
  consumers: { '${type}': ${className} },
});
`;
}

function consumer({ className }: PluginNames): string {
  return `import { Consumer, type Job, type JobFields, type LabelArray, type OptionSpecs } from 'kiosk-consumer';

const OPTIONS = {
  threshold: { type: 'number', min: 0, max: 1, default: 0.5, summary: 'brighter is object; 0 darkest, 1 brightest pixel' },
  minAreaPx: { type: 'integer', min: 1, default: 15, unit: 'px', summary: 'smaller objects are dropped' },
} as const satisfies OptionSpecs;

/** Finds bright objects on a dark ground. */
export class ${className} extends Consumer<typeof OPTIONS> {
  static override readonly summary = 'labels of bright objects';
  static override readonly options = OPTIONS;

  async consume(job: Job): Promise<JobFields> {
    const file = await this.stage('download', () => this.download(job));
    const { limits } = this.context.settings;
    // Numeric work is done in a thread: see kernels/segment.ts.
    const labels = await this.stage('segment', () =>
      this.compute<LabelArray>(new URL('./kernels/segment.js', import.meta.url), { file, limits, ...this.options }),
    );
    const tiff = this.path('labels.tif');
    // For a label image of this name the command run makes a table and a picture of it, too.
    const archive = this.path('result.zip');
    await this.writeLabels(labels, tiff);
    await this.zip([{ name: 'image_feature_0.tif', file: tiff }], archive);
    const { key, url } = await this.stage('upload', () => this.upload(archive));
    return { output_file_name: key, output_url: url };
  }
}
`;
}

const KERNEL = `import { KioskError, label, readImage, removeSmallObjects, toImage } from 'kiosk-consumer';
import type { ImageLimits, LabelArray } from 'kiosk-consumer';

export interface SegmentRequest {
  readonly file: string;
  readonly limits: ImageLimits;
  readonly threshold: number;
  readonly minAreaPx: number;
}

/** Runs in a thread: what it takes and gives is copied, so no functions and no class instances. */
export default async function segment({ file, limits, threshold, minAreaPx }: SegmentRequest): Promise<LabelArray> {
  const { images } = toImage(await readImage(file, { limits }));
  const [, rows, columns, channels] = images.shape as [number, number, number, number];
  if (channels !== 1) {
    throw new KioskError('KC_IMAGE_SHAPE', \`The image has \${channels} channels; one is accepted.\`, {
      hint: 'send one channel of it',
    });
  }
  const plane = images.data.subarray(0, rows * columns);
  let [low, high] = [Infinity, -Infinity];
  for (const value of plane) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const level = low + threshold * (high - low);
  const mask = Uint8Array.from(plane, (value) => (value > level ? 1 : 0));
  const { labels } = label({ shape: [rows, columns], data: mask });
  return removeSmallObjects(labels, minAreaPx);
}
`;

function tests({ className, type }: PluginNames): string {
  return `import { test } from 'node:test';
import { checkConsumer, drawNuclei, expectF1, runJob } from 'kiosk-consumer/testing';
import { ${className} } from '../src/consumer.js';

const { image, labels: truth } = drawNuclei(120, 160);

test('${type} finds the objects of a drawn image', async () => {
  const { files } = await runJob(${className}, { image, options: { threshold: 0.1 } });
  expectF1(truth, await files.get('image_feature_0.tif')!.labels(), 0.9);
});

test('${type} keeps to what the runtime promises', async () => {
  await checkConsumer(${className}, { image });
});
`;
}
