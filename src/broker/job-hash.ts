import { randomUUID } from 'node:crypto';
import type { JobFields } from './contract.js';
import { queueName } from './names.js';
import { frontendTimestamp } from './timestamp.js';

/** What a submitter says about a job. */
export interface NewJob {
  /** The name that the user's file has; may contain directories. */
  readonly originalName: string;
  /** Key of the file in the bucket, `uploads/….tif`. */
  readonly inputFileName: string;
  /** Public or signed URL of the input; nobody of the Kiosk reads it. */
  readonly url?: string;
  /** Fields beyond the frontend's defaults, or in their place: `scale`, `channels`, `model_name` … */
  readonly fields?: Readonly<JobFields>;
  /** The machine that makes the job. */
  readonly host: string;
  /** Time of creation in ms since 1970; now, if absent. */
  readonly createdAtMs?: number;
}

/** The name of a new job hash: `<queue>:<image name>:<uuid>`. Names are unique, and nobody may parse them. */
export function newJobKey(queue: string, imageName: string): string {
  return `${queueName(queue)}:${imageName}:${randomUUID()}`;
}

/**
 * The fields of a new job as the Kiosk's frontend writes them: every field there, empty where nothing is asked for.
 * `status`, `created_at` and `updated_at` cannot be given, since a job starts `new`.
 */
export function newJobFields(job: NewJob): JobFields {
  const now = frontendTimestamp(job.createdAtMs ?? Date.now());
  return {
    original_name: job.originalName,
    input_file_name: job.inputFileName,
    model_name: '',
    model_version: '',
    postprocess_function: '',
    preprocess_function: '',
    cuts: '0',
    url: job.url ?? '',
    scale: '',
    label: '',
    dimension_order: '',
    identity_upload: job.host,
    ...job.fields,
    status: 'new',
    created_at: now,
    updated_at: now,
  };
}
