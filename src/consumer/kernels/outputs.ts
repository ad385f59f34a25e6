import { packOutputs, type PackRequest } from '../../images/outputs/pack-outputs.js';

/** Thread: label files and the image to a zip archive of files for people. */
export default async function outputs(request: PackRequest): Promise<void> {
  await packOutputs(request);
}
