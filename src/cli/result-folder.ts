import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import type { JobFields } from '../broker/contract.js';
import type { Compute } from '../compute/contract.js';
import type { OutputName } from '../images/outputs/output-names.js';
import type { ImageLimits } from '../images/raster.js';
import type { ResultFiles, ResultFilesRequest } from '../images/result-files.js';

/** What a person gets of one job: the archive, and what was made from it to look at. */
export interface WrittenResults extends ResultFiles {
  readonly archive: string;
}

export interface ResultSource {
  /** The image as it was submitted. */
  readonly image: string;
  /** The result of the job, a local file. */
  readonly archive: string;
  /** Path below the folder, without suffix: `plate-1/well-a1`. */
  readonly name: string;
  /** Of the job: what was done may depend on them. */
  readonly fields: Readonly<JobFields>;
  /** What is made beside the archive. */
  readonly outputs: readonly OutputName[];
}

/** Puts `NAME.zip` into the folder, and beside it the outputs asked for, where the archive holds label images. */
export async function writeResults(
  folder: string,
  source: ResultSource,
  {
    compute,
    limits,
    signal,
  }: { readonly compute: Compute; readonly limits: ImageLimits; readonly signal: AbortSignal },
): Promise<WrittenResults> {
  const archive = join(folder, `${source.name}${extname(source.archive) || '.zip'}`);
  await mkdir(dirname(archive), { recursive: true });
  await copyFile(source.archive, archive);
  const { dimension_order: dimensionOrder, channels } = source.fields;
  const request: ResultFilesRequest = {
    image: source.image,
    archive,
    folder: dirname(archive),
    name: source.name.slice(source.name.lastIndexOf('/') + 1),
    ...(dimensionOrder ? { dimensionOrder } : {}),
    ...(channels ? { channels } : {}),
    outputs: source.outputs,
    limits,
  };
  const kernel = new URL('../images/kernels/result-files.js', import.meta.url);
  return { archive, ...(await compute.run<ResultFiles>(kernel, request, { signal })) };
}

/** Names for results, one for each input name: without suffix, and told apart where that would make two alike. */
export function resultNames(names: readonly string[]): string[] {
  const taken = new Map<string, number>();
  return names.map((name) => {
    const stem = name.slice(0, name.length - extname(name).length) || name;
    const count = (taken.get(stem) ?? 0) + 1;
    taken.set(stem, count);
    return count === 1 ? stem : `${stem}_${count}`;
  });
}
