import { writeTiff } from '../../images/tiff/write.js';
import type { LabelArray } from '../../processing/array/nd-array.js';

/** Thread side of `Consumer.writeLabels`. */
export default async function writeLabelsKernel(args: { labels: LabelArray; file: string }): Promise<void> {
  await writeTiff(args.file, args.labels, { compression: 'deflate' });
}
