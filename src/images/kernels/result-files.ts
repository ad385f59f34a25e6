import { writeResultFiles, type ResultFiles, type ResultFilesRequest } from '../result-files.js';

/** Thread: a result archive to files for people. */
export default async function resultFiles(request: ResultFilesRequest): Promise<ResultFiles> {
  return await writeResultFiles(request);
}
